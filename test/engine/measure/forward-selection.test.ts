import assert from 'node:assert/strict';
import { forwardSelection } from '../../../src/engine/measure/forward-selection';
import { EnsembleMean, unitRows } from '../../../src/engine/measure/unit-features';
import { classify } from '../../../src/engine/measure/zero-shot';
import { pythonRandom } from '../../../src/engine/random/mersenne-twister';

const [images, classes, width, templates] = [60, 5, 8, 9];

describe('forward selection', () => {
  const random = pythonRandom(3);
  const units = (rows: number) =>
    unitRows(
      Float32Array.from({ length: rows * width }, () => random.random() - 0.5),
      width,
    );
  const features = units(images);
  const labels = Int32Array.from({ length: images }, (_, i) => i % classes);
  const texts = Array.from({ length: templates }, () => units(classes));
  const contestants = texts.map(own => ({
    texts: own,
    cosines: Float32Array.from({ length: images * classes }, (_, at) => {
      const [i, c] = [Math.floor(at / classes), at % classes];
      let cosine = 0;
      for (let e = 0; e < width; e++) cosine += features[i * width + e]! * own[c * width + e]!;
      return cosine;
    }),
  }));
  const correct = (members: readonly number[]) => {
    const mean = new EnsembleMean(width);
    for (const at of members) mean.add(texts[at]!);
    const { predictions } = classify(features, mean.features(), width, 100);
    return predictions.filter((prediction, i) => prediction === labels[i]).length;
  };

  it('takes in every round the template with which the averaged prompts are right most often', async () => {
    const { chosen, compared } = await forwardSelection(contestants, labels, width, templates);
    const expected: number[] = [];
    let tried = 0;
    for (;;) {
      const left = [...texts.keys()].filter(at => !expected.includes(at));
      tried += left.length;
      const scores = left.map(at => correct([...expected, at]));
      const best = Math.max(...scores);
      if (left.length === 0 || best <= (expected.length === 0 ? -1 : correct(expected))) break;
      expected.push(left[scores.indexOf(best)]!);
    }
    assert.deepEqual(chosen, expected);
    assert.equal(compared, tried);
    assert.ok(chosen.length > 1, 'an ensemble');
  });

  it('stops at its number of members, and finds none among none', async () => {
    assert.equal((await forwardSelection(contestants, labels, width, 1)).chosen.length, 1);
    assert.deepEqual(await forwardSelection([], labels, width, 3), { chosen: [], compared: 0 });
  });
});
