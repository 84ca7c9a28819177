import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { certainties, clap, fitPrototypes, zsLp } from '../../../../src/engine/methods/clap/clap';
import { choleskyInverse } from '../../../../src/engine/methods/gda/cholesky';
import { gaussianOf } from '../../../../src/engine/methods/gda/gaussian';
import { gda } from '../../../../src/engine/methods/gda/gda';
import { methodOf } from '../../../../src/engine/methods/methods';
import {
  type LabelledUnits,
  type ZeroShot,
  zeroShotLogits,
} from '../../../../src/engine/methods/parts/feature-method';
import type { Assignment } from '../../../../src/engine/methods/parts/method';
import { tipAdapter } from '../../../../src/engine/methods/tip-adapter/tip-adapter';
import { openProject } from '../../../../src/engine/task/open-project';
import { findLine } from '../../../../src/engine/task/prompt-lines';
import { TaskShelf } from '../../../../src/engine/task/task-shelf';
import type { FeatureSpec } from '../../../../src/shared/contracts/method-spec';
import { parseTemplate } from '../../../../src/shared/template/parse-template';
import { root } from '../../../support/root';
import { onCpu } from '../../support/on-cpu';
import { randomNumbers } from '../../support/random-text-model';

const [CLASSES, WIDTH, PER_CLASS] = [3, 5, 4];
const next = randomNumbers(23);
const unit = (values: Float64Array, width: number) => {
  for (let at = 0; at < values.length; at += width) {
    const length = Math.hypot(...values.subarray(at, at + width));
    for (let e = at; e < at + width; e++) values[e]! /= length;
  }
  return values;
};
const labels = Int32Array.from({ length: CLASSES * PER_CLASS }, (_, i) => i % CLASSES);
const train: LabelledUnits = {
  labels,
  features: unit(
    Float64Array.from(
      { length: labels.length * WIDTH },
      (_, at) => next() + 2 * Number(at % WIDTH === labels[Math.floor(at / WIDTH)]),
    ),
    WIDTH,
  ),
};
const zeroShot: ZeroShot = {
  texts: unit(Float64Array.from({ length: CLASSES * WIDTH }, next), WIDTH),
  classes: CLASSES,
  width: WIDTH,
  logitScale: 10,
};

/** By elimination, not by the code's own factors. */
function inverse(matrix: Float64Array, n: number): Float64Array {
  const rows = Array.from({ length: n }, (_, i) => [
    ...matrix.subarray(i * n, (i + 1) * n),
    ...Array.from({ length: n }, (_, j) => Number(i === j)),
  ]);
  for (let i = 0; i < n; i++) {
    const pivot = rows[i]![i]!;
    rows[i] = rows[i]!.map(value => value / pivot);
    for (let k = 0; k < n; k++) {
      const factor = rows[k]![i]!;
      if (k !== i) rows[k] = rows[k]!.map((value, j) => value - factor * rows[i]![j]!);
    }
  }
  return Float64Array.from(rows.flatMap(row => row.slice(n)));
}

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-9) => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++)
    assert.ok(
      Math.abs(actual[i]! - expected[i]!) <= tolerance * Math.max(1, Math.abs(expected[i]!)),
      `${i}: ${actual[i]} ≠ ${expected[i]}`,
    );
};

describe('methods on features', () => {
  it('GDA is linear discriminant analysis with its authors’ covariance, by float64 algebra', () => {
    const { weights, biases } = gaussianOf(train, CLASSES, WIDTH);
    const means = Array.from({ length: CLASSES }, (_, c) =>
      Array.from(
        { length: WIDTH },
        (_, e) =>
          [...labels].reduce((sum, label, i) => sum + (label === c ? train.features[i * WIDTH + e]! : 0), 0) /
          PER_CLASS,
      ),
    );
    const n = labels.length;
    const covariance = new Float64Array(WIDTH * WIDTH);
    for (let i = 0; i < n; i++)
      for (let a = 0; a < WIDTH; a++)
        for (let b = 0; b < WIDTH; b++) {
          const off = (e: number) => train.features[i * WIDTH + e]! - means[labels[i]!]![e]!;
          covariance[a * WIDTH + b]! += (off(a) * off(b)) / (n - 1);
        }
    let trace = 0;
    for (let e = 0; e < WIDTH; e++) trace += covariance[e * WIDTH + e]!;
    const shrunk = covariance.map((value, at) => (n - 1) * value + (at % (WIDTH + 1) === 0 ? trace : 0));
    const precision = inverse(shrunk, WIDTH).map(value => WIDTH * value);
    for (let c = 0; c < CLASSES; c++) {
      const w = Array.from({ length: WIDTH }, (_, a) =>
        means[c]!.reduce((sum, mean, b) => sum + precision[a * WIDTH + b]! * mean, 0),
      );
      near(weights.subarray(c * WIDTH, (c + 1) * WIDTH), w);
      const square = means[c]!.reduce((sum, mean, e) => sum + mean * w[e]!, 0);
      near([biases[c]!], [-Math.log(CLASSES) - square / 2]);
    }
  });

  it('GDA is left out where each class has one image, which has no covariance', () => {
    const one = { labels: Int32Array.from([0, 1, 2]), features: train.features.slice(0, 3 * WIDTH) };
    assert.throws(() => gaussianOf(one, CLASSES, WIDTH), { code: 'method.leftOut' });
  });

  it('inverts what is positive definite, and refuses the rest', () => {
    const matrix = Float64Array.of(4, 1, 0.5, 1, 3, -1, 0.5, -1, 2);
    near(choleskyInverse(matrix, 3), inverse(matrix, 3));
    assert.throws(() => choleskyInverse(Float64Array.of(1, 2, 2, 1), 2), RangeError);
  });

  it('CLAP trusts a class as far as the baseline is sure of its shots', () => {
    const logits = zeroShotLogits(train.features, zeroShot);
    const expected = Array.from({ length: CLASSES }, () => 0);
    for (const [i, label] of labels.entries()) {
      const row = [...logits.subarray(i * CLASSES, (i + 1) * CLASSES)];
      const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
      expected[label]! += Math.exp(row[label]!) / total / PER_CLASS;
    }
    near(certainties(train, zeroShot), expected);
  });

  for (const method of ['zs-lp', 'clap'] as const)
    it(`${method} ends where its authors’ optimiser ends in PyTorch`, async () => {
      // By tools/goldens/clap.py.
      const golden = JSON.parse(readFileSync(`${root}/test/fixtures/golden/clap.json`, 'utf8')) as {
        readonly classes: number;
        readonly width: number;
        readonly scale: number;
        readonly labels: readonly number[];
        readonly features: readonly number[];
        readonly texts: readonly number[];
        readonly 'zs-lp': { readonly float64: readonly number[] };
        readonly clap: { readonly float64: readonly number[] };
      };
      const { classes, width, scale } = golden;
      const material = {
        train: {
          features: Float64Array.from(golden.features),
          labels: Int32Array.from(golden.labels),
        },
        zeroShot: {
          texts: unit(Float64Array.from(golden.texts), width),
          classes,
          width,
          logitScale: scale,
        },
        rawTexts: async () => Float32Array.from(golden.texts),
        seed: 1,
      };
      const weights = await fitPrototypes(material, method === 'clap');
      const expected = golden[method].float64;
      const furthest = Math.max(...expected.map((value, i) => Math.abs(value - weights[i]!)));
      // Ten times what float32 is away from float64 in PyTorch.
      assert.ok(furthest < 5e-5, `${furthest}`);
    });

  describe('on the sample', () => {
    const project = openProject({
      path: `${root}/media/sample/methods.prompts`,
      text: '@images ./images/groups\n@model icon-clip\na photo of a {}.\n',
    });
    const shelf = new TaskShelf();

    async function prepared(method: FeatureSpec['method']) {
      const task = await shelf.open(project);
      const spec: FeatureSpec = { method, shots: 16, seeds: [1] };
      const assignment: Assignment<FeatureSpec> = {
        spec,
        template: parseTemplate('[V:4] {}.').template!,
        baseline: findLine(project.document, 'a photo of a {}.'),
      };
      return { task, assignment, own: methodOf(spec) };
    }

    for (const method of ['tip-adapter', 'gda', 'zs-lp', 'clap'] as const)
      it(`${method} is better than the baseline, the same twice, and says what it is`, async () => {
        const { task, assignment, own } = await prepared(method);
        const learner = await own.begin(task, assignment, onCpu);
        const [one, two] = [await learner.learn(1, null), await learner.learn(1, null)];
        assert.deepEqual(two, one);
        const test = await task.features('test');
        const right = (predictions: Int32Array) =>
          predictions.filter((prediction, i) => prediction === test.labels[i]).length;
        const { features } = await task.text(assignment.baseline);
        const before = right(task.answer(test, features).predictions);
        const after = right((await own.open(one, task, assignment)).answer(test).predictions);
        assert.ok(after > before + 20, `${after} of ${test.labels.length}, baseline ${before}`);
        assert.match(own.note([one], task, assignment), /baseline/);
      });

    it('without their own part they are the zero-shot classifier', async () => {
      const { task, assignment } = await prepared('gda');
      const test = await task.features('test');
      const { features } = await task.text(assignment.baseline);
      const expected = task.answer(test, features).predictions;
      for (const method of ['gda', 'tip-adapter'] as const) {
        const { own } = await prepared(method);
        const learned = await (await own.begin(task, assignment, onCpu)).learn(1, null);
        const silent = { ...learned, figures: { ...learned.figures, alpha: 0 } };
        assert.deepEqual((await own.open(silent, task, assignment)).answer(test).predictions, expected);
      }
      const { own } = await prepared('clap');
      const texts = await task.rawText(assignment.baseline);
      const begun = { kind: 'classifier' as const, tensors: new Map([['weights', texts]]), figures: {} };
      assert.deepEqual((await own.open(begun, task, assignment)).answer(test).predictions, expected);
    });
  });

  it('have the names that tables show', () => {
    assert.deepEqual(
      [tipAdapter, gda, zsLp, clap].map(({ title }) => title),
      ['Tip-Adapter', 'GDA', 'ZS-LP', 'CLAP'],
    );
  });
});
