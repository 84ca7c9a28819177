import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { cut, resize } from '../../../src/engine/images/resize';
import { root } from '../../support/root';
import { noise } from '../support/noise';

interface Resized {
  readonly size: readonly [number, number];
  readonly box: readonly [left: number, top: number, right: number, bottom: number] | null;
  readonly to: readonly [number, number];
  readonly interpolation: 'bicubic' | 'bilinear';
  readonly sha256: string;
}

const { resizes } = JSON.parse(
  readFileSync(path.join(root, 'test/fixtures/golden/images/images.json'), 'utf8'),
) as { readonly resizes: readonly Resized[] };

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('resizing', () => {
  for (const { size, box, to, interpolation, sha256: expected } of resizes) {
    const [width, height] = to;
    const part = box === null ? '' : `${box.join(', ')} of `;
    it(`${part}${size.join(' × ')} to ${to.join(' × ')}, ${interpolation}, is Pillow’s`, () => {
      const image = noise(size);
      const source =
        box === null
          ? undefined
          : { left: box[0], top: box[1], width: box[2] - box[0], height: box[3] - box[1] };
      const request = { width, height, interpolation, ...(source === undefined ? {} : { source }) };
      const whole = resize(image, request);
      assert.equal(sha256(whole), expected);
      // A window is that part of the whole, whichever axis comes first.
      const window = { left: width >> 2, top: height >> 2, width: width >> 1, height: height >> 1 };
      assert.deepEqual(resize(image, { ...request, window }), cut({ width, height, rgb: whole }, window));
    });
  }
});
