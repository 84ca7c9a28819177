import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readPickle } from '../../../src/engine/io/torch/pickle';
import { readTorchCheckpoint, type TorchTensor } from '../../../src/engine/io/torch/torch-checkpoint';
import { importCheckpoint } from '../../../src/engine/methods/coop/import-checkpoint';
import { narrowToBfloat, narrowToHalf } from '../../../src/files/tensors/half';
import { root } from '../../support/root';

const FOLDER = path.join(root, 'test/fixtures/golden/checkpoint');

interface Expected {
  readonly d: number;
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
const sha256 = (values: Uint16Array | Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

/** The numbers as the checkpoint holds them; every float16 and bfloat16 is a float32 too. */
function stored({ dtype, values }: TorchTensor): Uint16Array | Float32Array {
  if (dtype === 'float32') return values;
  return dtype === 'float16' ? narrowToHalf(values) : narrowToBfloat(values);
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
        assert.equal(tensor.dtype, dtype, name);
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

  it('become contexts of the model whose start-of-text embedding they hold', async () => {
    const checkpoint = await readTorchCheckpoint(path.join(FOLDER, 'prompt_learner/model.pth.tar-5'));
    const { d: width } = expected;
    const prefix = checkpoint.tensors.get('token_prefix')!.values.slice(0, width);
    const tables = { width, tokens: prefix, positions: new Float32Array(width) };
    const options = {
      model: { id: 'tiny', hash: 'abc', tables, sot: 0 },
      position: 'end' as const,
      classNames: [],
      createdAt: '2026-01-01T00:00:00Z',
    };
    const context = importCheckpoint(checkpoint, options);
    assert.equal(context.template, '[V:4] {}.');
    assert.deepEqual(context.slots[0]!.values, checkpoint.tensors.get('ctx')!.values);
    const middle = importCheckpoint(checkpoint, { ...options, position: 'middle' });
    assert.equal(middle.template, '[V:2] {} [V:2].');
    assert.deepEqual(
      middle.slots.flatMap(({ values }) => [...values]),
      [...checkpoint.tensors.get('ctx')!.values],
    );
    const other = { ...tables, tokens: prefix.map(value => -value) };
    assert.throws(
      () => importCheckpoint(checkpoint, { ...options, model: { ...options.model, tables: other } }),
      {
        code: 'context.mismatch',
        message: /start-of-text embedding is not that of “tiny”/,
      },
    );
    const csc = await readTorchCheckpoint(path.join(FOLDER, 'csc/model-best.pth.tar'));
    const own = (from: typeof csc) => ({
      ...options,
      model: {
        ...options.model,
        tables: { ...tables, tokens: from.tensors.get('token_prefix')!.values.slice(0, width) },
      },
    });
    assert.throws(() => importCheckpoint(csc, own(csc)), /vectors for 4 classes, and 0 names were given/);
    const named = importCheckpoint(csc, { ...own(csc), classNames: ['a', 'b', 'c', 'd'] });
    assert.equal(named.template, '[V:4 per-class] {}.');
    const cocoop = await readTorchCheckpoint(path.join(FOLDER, 'cocoop/model.pth.tar-5'));
    assert.throws(() => importCheckpoint(cocoop, options), /CoCoOp/);
  });
});
