import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { decodeImage } from '../../../src/engine/images/decode-image';
import { inspectFile } from '../../../src/engine/images/inspect-file';
import { root } from '../../support/root';

const FOLDER = path.join(root, 'test/fixtures/golden/images');

interface Decoded {
  readonly file: string;
  readonly size: readonly [number, number];
  readonly mode: string;
  readonly sha256: string;
}

const { files } = JSON.parse(readFileSync(path.join(FOLDER, 'images.json'), 'utf8')) as {
  readonly files: readonly Decoded[];
};
const read = (name: string) => readFileSync(path.join(FOLDER, name));

/** What no maintained library reads, by the name that the refusal gives it. */
const REFUSED: ReadonlyMap<string, RegExp> = new Map([
  ['group4.tif', /TIFF with the compression CCITT Group 4 fax is not supported/],
]);

describe('files of uncommon kinds', () => {
  for (const [file, message] of REFUSED)
    it(`${file} is refused by name, before a run, too`, async () => {
      await assert.rejects(decodeImage(read(file)), { code: 'image.unreadable', message });
      const inspected = await inspectFile(path.join(FOLDER, file), read(file).length);
      assert.ok('problem' in inspected);
      assert.match(inspected.problem.detail, message);
    });

  for (const { file, size, mode, sha256 } of files.filter(
    ({ file: name }) => !REFUSED.has(name) && name !== 'short-row.png',
  ))
    it(`${file} has Pillow’s pixels`, async () => {
      const image = await decodeImage(read(file), { subject: file });
      assert.deepEqual([image.width, image.height, image.mode], [...size, mode]);
      assert.equal(createHash('sha256').update(image.rgb).digest('hex'), sha256);
      assert.ok('hash' in (await inspectFile(path.join(FOLDER, file), read(file).length)));
    });
});

describe('a PNG whose data end inside a row', () => {
  it('is refused, as by Pillow', () =>
    assert.rejects(decodeImage(read('short-row.png')), { code: 'image.unreadable', message: /truncated/ }));
});

describe('a big-endian BigTIFF, which Pillow does not know', () => {
  it('is read', async () => {
    const word = (value: number, bytes: number) => {
      const out = Buffer.alloc(bytes);
      if (bytes === 8) out.writeBigUInt64BE(BigInt(value));
      else out.writeUIntBE(value, 0, bytes);
      return out;
    };
    const short = (tag: number, value: number) => [
      word(tag, 2),
      word(3, 2),
      word(1, 8),
      word(value, 2),
      Buffer.alloc(6),
    ];
    const long = (tag: number, value: number) => [word(tag, 2), word(16, 2), word(1, 8), word(value, 8)];
    const file = Buffer.concat([
      Buffer.from('MM\0+\0\b\0\0', 'latin1'),
      word(20, 8),
      Buffer.from([10, 20, 30, 40]),
      word(7, 8),
      ...[short(256, 2), short(257, 2), short(258, 8), short(262, 1)].flat(),
      ...[long(273, 16), short(278, 2), long(279, 4)].flat(),
    ]);
    const { rgb } = await decodeImage(file);
    assert.deepEqual(
      [...rgb],
      [10, 20, 30, 40].flatMap(level => [level, level, level]),
    );
  });
});

describe('damaged JPEG files', () => {
  const jpeg = read('chroma-411.jpg');
  const sos = jpeg.indexOf(Buffer.from([0xff, 0xda]));

  it('give what the library makes of them, and leave nothing to the next one', async () => {
    const sound = await decodeImage(jpeg);
    const cut = Buffer.concat([jpeg.subarray(0, sos + 400), Buffer.from([0xff, 0xd9])]);
    const half = await decodeImage(cut);
    // Rows before the damage are those of the sound file.
    assert.deepEqual(half.rgb.subarray(0, 75 * 3 * 8), sound.rgb.subarray(0, 75 * 3 * 8));
    assert.notDeepEqual(half.rgb, sound.rgb);
    assert.deepEqual((await decodeImage(jpeg)).rgb, sound.rgb);
  });

  it('are refused where the library makes nothing of them', async () => {
    const noQuantisation = Buffer.from(jpeg);
    // Its tables become comments.
    for (let at = 0; at >= 0; at = noQuantisation.indexOf(Buffer.from([0xff, 0xdb]), at + 1))
      if (noQuantisation[at + 1] === 0xdb) noQuantisation[at + 1] = 0xfe;
    await assert.rejects(decodeImage(noQuantisation), { code: 'image.unreadable', message: /damaged/ });
    assert.equal((await decodeImage(jpeg)).width, 75);
  });
});

describe('pictures whose samples or coding are not decoded', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-odd-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A TIFF of 2 × 2 pixels; every tag holds 16-bit numbers, long lists behind the directory. */
  const tiff = (tags: ReadonlyMap<number, readonly number[]>) => {
    const all = [...new Map([...tags, [256, [2]], [257, [2]], [273, [8]], [279, [64]]])];
    const directory = 8 + 64;
    let behind = directory + 2 + all.length * 12;
    const entries = Buffer.alloc(all.length * 12);
    const lists: Buffer[] = [];
    for (const [at, [tag, values]] of all.sort(([a], [b]) => a - b).entries()) {
      const list = Buffer.alloc(Math.max(4, values.length * 2));
      for (const [i, value] of values.entries()) list.writeUInt16LE(value, i * 2);
      entries.writeUInt16LE(tag, at * 12);
      entries.writeUInt16LE(3, at * 12 + 2);
      entries.writeUInt32LE(values.length, at * 12 + 4);
      if (list.length === 4) {
        list.copy(entries, at * 12 + 8);
        continue;
      }
      entries.writeUInt32LE(behind, at * 12 + 8);
      behind += list.length;
      lists.push(list);
    }
    const head = Buffer.alloc(directory + 2);
    head.write('II*\0', 0, 'latin1');
    head.writeUInt32LE(directory, 4);
    head.writeUInt16LE(all.length, directory);
    return Buffer.concat([head, entries, ...lists]);
  };
  const inspected = async (name: string, bytes: Buffer) => {
    const file = path.join(folder, name);
    writeFileSync(file, bytes);
    return inspectFile(file, bytes.length);
  };
  const [bits, photometric, samples, format] = [258, 262, 277, 339];

  for (const [name, tags, message] of [
    [
      'numbers with a point',
      new Map([
        [bits, [32]],
        [photometric, [1]],
        [format, [3]],
      ]),
      /1 × 32 bits, sample format 3 and photometric 1/,
    ],
    [
      'Lab',
      new Map([
        [bits, [8, 8, 8]],
        [photometric, [8]],
        [samples, [3]],
      ]),
      /3 × 8 bits, sample format 1 and photometric 8/,
    ],
    [
      'samples of several sizes',
      new Map([
        [bits, [5, 6, 5]],
        [photometric, [2]],
        [samples, [3]],
      ]),
      /3 × 5 bits/,
    ],
    [
      'numbers with a sign',
      new Map([
        [bits, [8, 8, 8]],
        [photometric, [2]],
        [samples, [3]],
        [format, [2, 2, 2]],
      ]),
      /sample format 2/,
    ],
  ] as const)
    it(`a TIFF of ${name} is named by the scan as by the decoder`, async () => {
      const found = await inspected('odd.tif', tiff(tags));
      assert.ok('problem' in found);
      assert.match(found.problem.detail, message);
      await assert.rejects(decodeImage(tiff(tags)), { code: 'image.unreadable', message });
    });

  it('a TIFF of RGB bytes is no such', async () => {
    const tags = new Map([
      [bits, [8, 8, 8]],
      [photometric, [2]],
      [samples, [3]],
      [format, [1, 1, 1]],
    ]);
    assert.ok('hash' in (await inspected('rgb.tif', tiff(tags))));
    assert.equal((await decodeImage(tiff(tags))).width, 2);
  });

  it('a lossless JPEG is named by the scan as by the decoder', async () => {
    const bytes = Buffer.from(
      readFileSync(path.join(root, 'media/sample/images/groups/activities/balloon.jpg')),
    );
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    assert.ok(frame > 0);
    bytes[frame + 1] = 0xc3;
    const found = await inspected('lossless.jpg', bytes);
    assert.ok('problem' in found);
    assert.match(found.problem.detail, /lossless or hierarchical JPEG/);
    await assert.rejects(decodeImage(bytes), { message: /lossless or hierarchical JPEG/ });
  });
});
