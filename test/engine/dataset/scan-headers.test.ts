import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ImageTree, picture } from './support/image-tree';

const GOLDEN = 'test/fixtures/golden/preprocess/src';

describe('image headers that a scan reads', () => {
  let tree: ImageTree;
  beforeEach(() => {
    tree = new ImageTree();
  });
  afterEach(() => tree.remove());

  it('sees EXIF orientation in every format that has it, in small files and large ones', async () => {
    const rotatedGolden = readdirSync(GOLDEN).filter(name => /exif/i.test(name));
    assert.ok(rotatedGolden.length > 0);
    for (const name of rotatedGolden) tree.put(`cat/${name}`, readFileSync(path.join(GOLDEN, name)));
    const tiff = Buffer.from('4d4d002a000000080001011200030000000100060000', 'hex');
    const png = readFileSync(path.join(GOLDEN, readdirSync(GOLDEN).find(name => name.endsWith('.png'))!));
    const chunk = Buffer.alloc(12 + tiff.length);
    chunk.writeUInt32BE(tiff.length);
    chunk.write('eXIf', 4, 'latin1');
    tiff.copy(chunk, 8);
    tree.put('dog/late.png', Buffer.concat([png.subarray(0, -12), chunk, png.subarray(-12)]));
    const filler = Buffer.alloc(12 + 2 ** 21);
    filler.writeUInt32BE(2 ** 21);
    filler.write('teXt', 4, 'latin1');
    tree.put('dog/large.png', Buffer.concat([png.subarray(0, 33), filler, chunk, png.subarray(33)]));
    const riff = (type: string, body: Uint8Array) => {
      const head = Buffer.alloc(8);
      head.write(type, 'latin1');
      head.writeUInt32LE(body.length, 4);
      return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
    };
    const lossless = riff('VP8L', Buffer.from('2f0100000000', 'hex'));
    tree.put('dog/a.webp', riff('RIFF', Buffer.concat([Buffer.from('WEBP'), lossless, riff('EXIF', tiff)])));
    const segments = Buffer.concat(
      Array.from({ length: 40 }, () => Buffer.concat([Buffer.from('ffe2ffff', 'hex'), Buffer.alloc(0xfffd)])),
    );
    const jpeg = picture(0);
    const exif = Buffer.concat([Buffer.from('ffe1001e457869660000', 'hex'), tiff]);
    tree.put('dog/far.jpg', Buffer.concat([jpeg.subarray(0, 2), segments, exif, jpeg.subarray(2)]));
    const found = await tree.scan();
    assert.deepEqual(found.problems, []);
    assert.deepEqual(
      found.rotated.filter(file => file.startsWith('dog/')),
      ['dog/a.webp', 'dog/far.jpg', 'dog/large.png', 'dog/late.png'],
    );
    assert.ok(found.rotated.some(file => file.startsWith('cat/')));
  });

  it('reads every header of the decoders’ references', async () => {
    for (const name of readdirSync(GOLDEN)) tree.put(`all/${name}`, readFileSync(path.join(GOLDEN, name)));
    assert.deepEqual((await tree.scan()).problems, []);
  });
});
