import assert from 'node:assert/strict';
import { lineScore } from '../../../src/engine/measure/line-score';
import { classCounts, confusionMatrix } from '../../../src/engine/measure/metrics';
import { nearestClasses } from '../../../src/engine/measure/nearest-classes';
import { unitRows } from '../../../src/engine/measure/unit-features';
import { classify } from '../../../src/engine/measure/zero-shot';
import { randomNumbers } from '../support/random-text-model';

const WIDTH = 64;

describe('classes of many images', () => {
  const next = randomNumbers(17);
  const rows = (count: number, spread: number) => {
    const values = Float32Array.from({ length: count * WIDTH }, () => 1 + spread * next());
    return unitRows(values, WIDTH);
  };

  // Cosines of which float32 tells all apart, few, and none.
  for (const spread of [1, 1e-3, 1e-6])
    it(`are those of classify to the last one, at a spread of ${spread}`, async () => {
      const [images, texts] = [rows(700, 1), rows(900, spread)];
      texts.copyWithin(WIDTH * 40, WIDTH * 3, WIDTH * 4);
      const told: number[] = [];
      const found = await nearestClasses(images, texts, WIDTH, { onProgress: done => told.push(done) });
      assert.deepEqual(found, classify(images, texts, WIDTH, 100).predictions);
      assert.equal(told.at(-1), 700);
      const few = images.subarray(0, 20 * WIDTH);
      assert.deepEqual(await nearestClasses(few, texts, WIDTH), found.subarray(0, 20));
    });

  it('stop when they are told to', async () => {
    const abort = new AbortController();
    abort.abort();
    const asked = nearestClasses(rows(700, 1), rows(900, 1), WIDTH, { signal: abort.signal });
    await assert.rejects(asked, { name: 'AbortError' });
  });

  it('are counted without a matrix of all pairs, and as that matrix has them', () => {
    const classes = 7;
    const pick = () => Math.floor((next() + 1) * 2.9);
    const labels = Int32Array.from({ length: 300 }, pick);
    const predictions = Int32Array.from({ length: 300 }, pick);
    const matrix = confusionMatrix(labels, predictions, classes);
    const counts = classCounts(labels, predictions, classes);
    const classNames = Array.from({ length: classes }, (_, c) => `c${c}`);
    const paths = Array.from(labels, (label, i) => `/images/${label}/${i}.jpg`);
    const { worst } = lineScore({ labels, predictions, baseline: null, classNames, paths });
    for (let c = 0; c < classes; c++) {
      assert.equal(
        counts.images[c],
        matrix[c]!.reduce((a, b) => a + b, 0),
      );
      assert.equal(
        counts.predicted[c],
        matrix.reduce((sum, row) => sum + row[c]!, 0),
      );
      assert.equal(counts.correct[c], matrix[c]![c]);
    }
    for (const { name, confusedWith, n, folder } of worst) {
      const label = classNames.indexOf(name);
      const wrong = matrix[label]!.map((count, c) => (c === label ? 0 : count));
      assert.equal(confusedWith, classNames[wrong.indexOf(Math.max(...wrong))]);
      assert.deepEqual([n, folder], [counts.images[label], `/images/${label}`]);
    }
    // 100,000 classes squared would be 80 GB.
    const many = { labels: Int32Array.of(5, 99_999), predictions: Int32Array.of(5, 7), baseline: null };
    const scored = lineScore({
      ...many,
      classNames: Array<string>(100_000).fill('x'),
      paths: ['/a/b', '/c/d'],
    });
    assert.deepEqual([scored.accuracy.value, scored.worst[0]!.name], [0.5, 'x']);
  });
});
