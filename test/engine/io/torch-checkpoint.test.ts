import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readPickle } from '../../../src/engine/io/torch/pickle';
import { readTorchCheckpoint, type TorchTensor } from '../../../src/engine/io/torch/torch-checkpoint';
import { narrowToBfloat, narrowToHalf } from '../../../src/files/tensors/half';
import { root } from '../../support/root';

const FOLDER = path.join(root, 'test/fixtures/golden/checkpoint');

interface Expected {
  readonly checkpoints: readonly {
    readonly file: string;
    readonly epoch: number;
    readonly val_result: number | null;
    readonly tensors: Readonly<
      Record<
        string,
        {
          readonly dtype: string;
          readonly shape: readonly number[];
          readonly sha256_contiguous_le_bytes: string;
        }
      >
    >;
  }[];
  readonly hostile: readonly { readonly file: string; readonly what: string }[];
}

const expected = JSON.parse(readFileSync(path.join(FOLDER, 'expected.json'), 'utf8')) as Expected;
const DTYPES: Readonly<Record<string, string>> = { float16: 'F16', bfloat16: 'BF16', float32: 'F32' };
const sha256 = (values: Uint16Array | Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

/** The numbers as the checkpoint holds them; every float16 and bfloat16 is a float32 too. */
function stored({ dtype, values }: TorchTensor): Uint16Array | Float32Array {
  if (dtype === 'F32') return values;
  return dtype === 'F16' ? narrowToHalf(values) : narrowToBfloat(values);
}

describe('torch checkpoints', () => {
  for (const { file, epoch, val_result: valResult, tensors } of expected.checkpoints) {
    it(`${file}: every tensor to the bit, epoch and result`, async () => {
      const found = await readTorchCheckpoint(path.join(FOLDER, file));
      assert.equal(found.epoch, epoch);
      assert.equal(found.valResult, valResult);
      assert.deepEqual([...found.tensors.keys()].sort(), Object.keys(tensors).sort());
      for (const [name, { dtype, shape, sha256_contiguous_le_bytes: hash }] of Object.entries(tensors)) {
        const tensor = found.tensors.get(name)!;
        assert.equal(tensor.dtype, DTYPES[dtype], name);
        assert.deepEqual(tensor.shape, shape, name);
        assert.equal(sha256(stored(tensor)), hash, name);
      }
    });
  }

  for (const { file, what } of expected.hostile) {
    it(`refuses ${file}: ${what}`, async () => {
      await assert.rejects(
        readTorchCheckpoint(path.join(FOLDER, file)),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'file.corrupt', error.stack);
          assert.match(error.message, /is no checkpoint of torch\.save: /);
          return true;
        },
      );
    });
  }

  it('names ctx when a call stands in its place', async () => {
    const file = path.join(FOLDER, 'hostile/reduce-os-system.pth.tar-1');
    await assert.rejects(readTorchCheckpoint(file), /ctx is not a tensor/);
  });

  it('reads long numbers of either sign, and refuses ones that are no number of a checkpoint', () => {
    const long = (...digits: readonly number[]) => {
      const header = Buffer.from([0x80, 2, 0x8b, 0, 0, 0, 0]);
      header.writeUInt32LE(digits.length, 3);
      return readPickle(Buffer.concat([header, Buffer.from(digits), Buffer.from('.')])).value;
    };
    assert.equal(long(), 0);
    assert.equal(long(0xff), -1);
    assert.equal(long(0xff, 0), 255);
    assert.equal(long(0, 0x80), -32768);
    assert.equal(long(0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19), 0x1950a86a20f9469cfc6cn);
    assert.throws(() => long(...Array<number>(5000).fill(1)), /a number of 5000 bytes/);
  });

  it('refuses a pickle that makes objects without end', () => {
    const pickle = Buffer.alloc(10_000_003, '}0');
    pickle.set([0x80, 2]);
    pickle.set(Buffer.from('.'), pickle.length - 1);
    assert.throws(() => readPickle(pickle), /too many objects/);
  });

  it('reads pickles of protocol 4, and refuses what it does not know', () => {
    const bytes = Buffer.from('gASVIQAAAAAAAAB9lCiMAWGUSwGMAWKUXZQoSwJHP/gAAAAAAABOZYwBY5SIdS4=', 'base64');
    assert.deepEqual(
      readPickle(bytes).value,
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 1.5, null]],
        ['c', true],
      ]),
    );
    assert.throws(() => readPickle(Buffer.from([0x80, 2, 0xff])), /unknown instruction 0xff/);
    assert.throws(() => readPickle(Buffer.from([0x80, 2, 0x58, 255, 255, 255, 127])), /cut off/);
  });
});
