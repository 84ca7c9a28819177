import assert from 'node:assert/strict';
import { type PreprocessSpec, preprocess } from '../../../src/engine/images/preprocess';
import { randomCrop, randomView } from '../../../src/engine/images/random-view';
import { pythonRandom } from '../../../src/engine/random/mersenne-twister';

const SPEC: PreprocessSpec = {
  size: 24,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  interpolation: 'bicubic',
  resize: { shortest: 24 },
  crop: 'half-even',
  exif: false,
};
const [width, height] = [60, 40];
const image = {
  width,
  height,
  rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31 + (i >> 5)) % 256),
};
const hash = 'ab'.repeat(32);

describe('random views', () => {
  it('crop 8 to 100 % of the area, 3:4 to 4:3, anywhere in the image', () => {
    const random = pythonRandom(7);
    const areas: number[] = [];
    let [touchesRight, touchesLeft] = [false, false];
    for (let i = 0; i < 3000; i++) {
      const { left, top, width: w, height: h } = randomCrop(400, 300, random);
      assert.ok(left >= 0 && top >= 0 && left + w <= 400 && top + h <= 300);
      areas.push((w * h) / (400 * 300));
      // Sides are whole numbers, so that small crops may miss the bound by half a pixel.
      assert.ok(w / h > (3 / 4) * 0.98 && w / h < (4 / 3) * 1.02, `${w} × ${h}`);
      touchesLeft ||= left < 4;
      touchesRight ||= left + w > 396;
    }
    assert.ok(Math.min(...areas) > 0.075 && Math.min(...areas) < 0.1 && Math.max(...areas) > 0.9);
    // Large crops of the wrong ratio do not fit and are drawn again, which makes the mean smaller than 0.54.
    const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
    assert.ok(mean > 0.42 && mean < 0.54, `${mean}`);
    assert.ok(touchesLeft && touchesRight);
  });

  it('fall back to the largest centre crop of an allowed ratio where none fits', () => {
    const never = { ...pythonRandom(1), random: () => 0.999_999 };
    assert.deepEqual(randomCrop(1000, 10, never), { left: 493, top: 0, width: 13, height: 10 });
    assert.deepEqual(randomCrop(10, 1000, never), { left: 0, top: 493, width: 10, height: 13 });
  });

  it('depend on seed, number and file alone, and are mirrored half of the time', () => {
    const view = (seed: number, number: number, file = hash) =>
      randomView(image, SPEC, { seed, number }, file);
    assert.deepEqual(view(1, 0), view(1, 0));
    assert.notDeepEqual(view(1, 0), view(1, 1));
    assert.notDeepEqual(view(1, 0), view(2, 0));
    assert.notDeepEqual(view(1, 0), view(1, 0, 'cd'.repeat(32)));
    assert.equal(view(1, 0).length, 24 * 24 * 3);
    // Columns of a ramp rise from left to right unless mirrored.
    const ramp = {
      width,
      height,
      rgb: new Uint8Array(width * height * 3).map((_, i) => (Math.floor(i / 3) % width) * 4),
    };
    let mirrored = 0;
    for (let number = 0; number < 400; number++) {
      const seen = randomView(ramp, SPEC, { seed: 3, number }, hash);
      if (seen[0]! > seen[23 * 3]!) mirrored++;
    }
    assert.ok(mirrored > 160 && mirrored < 240, `${mirrored}`);
  });

  it('of a whole square image are that image, resized', () => {
    const square = { width: 40, height: 40, rgb: image.rgb.slice(0, 40 * 40 * 3) };
    const whole = preprocess(square, SPEC);
    assert.equal(whole.length, 24 * 24 * 3);
    const crop = randomCrop(40, 40, { ...pythonRandom(1), random: () => 0.499_999 + 0.5, below: () => 0 });
    assert.deepEqual(crop, { left: 0, top: 0, width: 40, height: 40 });
  });
});
