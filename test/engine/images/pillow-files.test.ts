import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeImage } from '../../../src/engine/images/decode-image';
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

describe('files of uncommon kinds', () => {
  for (const { file, size, mode, sha256 } of files)
    it(`${file} has Pillow’s pixels`, async () => {
      const image = await decodeImage(read(file), { subject: file });
      assert.deepEqual([image.width, image.height, image.mode], [...size, mode]);
      assert.equal(createHash('sha256').update(image.rgb).digest('hex'), sha256);
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
