import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { product } from '../../../../src/engine/measure/dense-product';
import { fitLinearProbe } from '../../../../src/engine/methods/linear-probe/linear-probe';
import { linearProbe as method } from '../../../../src/engine/methods/linear-probe/linear-probe-method';
import { logisticCurvature } from '../../../../src/engine/methods/linear-probe/logistic-curvature';
import {
  classifyLinearly,
  fitLogistic,
  logisticProblem,
} from '../../../../src/engine/methods/linear-probe/logistic-regression';
import { rowSpace } from '../../../../src/engine/methods/linear-probe/row-space';
import { readSafetensorsHeader, readTensor, readTensorF64 } from '../../../../src/files/tensors/safetensors';
import { root } from '../../../support/root';
import { randomNumbers } from '../../support/random-text-model';

const GOLDEN = path.join(root, 'test/fixtures/golden');
const FILE = path.join(GOLDEN, 'linear-probe.safetensors');
const { sets, search } = JSON.parse(readFileSync(path.join(GOLDEN, 'linear-probe.json'), 'utf8')) as {
  sets: {
    name: string;
    classes: number;
    dim: number;
    y: number[];
    y_eval: number[];
    results: {
      C: number;
      exact_objective: number;
      sklearn_objective: number;
      pred_eval_exact: number[];
    }[];
  }[];
  search: {
    classes: number;
    final_C: number;
    final_test_accuracy: number;
    y_train: number[];
    y_val: number[];
    y_test: number[];
  };
};

describe('linear probe', () => {
  for (const { name, classes, dim, y, y_eval: evaluated, results } of sets) {
    it(`${name}: reaches the exact minimum for every penalty`, async () => {
      const { tensors } = await readSafetensorsHeader(FILE);
      const read = (key: string) => readTensorF64(FILE, tensors.get(`${name}.${key}`)!);
      const features = await readTensor(FILE, tensors.get(`${name}.X`)!);
      const unseen = await readTensor(FILE, tensors.get(`${name}.X_eval`)!);
      assert.equal(results.length, 7);
      const keys = [...tensors.keys()].filter(key => key.startsWith(`${name}.C`));
      for (const { C, exact_objective: objective, sklearn_objective: early, ...expected } of results) {
        const labels = Int32Array.from(y);
        const problem = await logisticProblem({ features, labels }, classes);
        const fit = await fitLogistic(problem, C, { tolerance: 1e-12 });
        await problem.curvature.release();
        const what = `C ${C}: ${fit.objective} ≠ ${objective}`;
        assert.ok(Math.abs(fit.objective - objective) <= 1e-6 * objective, what);
        assert.ok(fit.objective <= early * (1 + 1e-12), 'scikit-learn stops above the minimum');
        const { predictions } = classifyLinearly(fit.classifier, unseen);
        assert.deepEqual([...predictions], expected.pred_eval_exact);
        assert.equal(predictions.length, evaluated.length);
        if (C > 100) continue;
        const prefix = keys.find(key => Number(/\.C([^.]*(?:\.\d+)?)\.coef_exact$/.exec(key)?.[1]) === C)!;
        const coefficients = await read(prefix.slice(name.length + 1));
        const intercepts = await read(prefix.slice(name.length + 1).replace('coef', 'intercept'));
        const found = (column: number) =>
          Array.from({ length: classes }, (_, row) => fit.classifier.weights[row * (dim + 1) + column]!);
        // Two classes: the recorded single vector is the difference of ours.
        const single = ([first, second]: number[]) => [second! - first!];
        const same = (actual: number[], recorded: number[], scale: number) => {
          const compared = classes === 2 ? single(actual) : actual;
          assert.equal(compared.length, recorded.length);
          for (const [row, value] of compared.entries())
            assert.ok(Math.abs(value - recorded[row]!) <= 1e-4 * scale, `C ${C}: ${compared} ≠ ${recorded}`);
        };
        const largest = (values: Float64Array) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        for (let column = 0; column < dim; column++)
          same(
            found(column),
            [...coefficients].filter((_, at) => at % dim === column),
            largest(coefficients),
          );
        // Several classes: a constant added to all intercepts changes nothing, so only differences are compared.
        const mean = classes === 2 ? 0 : intercepts.reduce((a, b) => a + b, 0) / classes;
        const centred = intercepts.map(value => value - mean);
        same(found(dim), [...centred], largest(centred));
      }
    });
  }

  it('few wide features: the fit in their span is the minimum among all weights, from any start', async () => {
    const [n, width, classes, c] = [11, 40, 3, 50];
    const next = randomNumbers(5);
    const features = Float32Array.from({ length: n * width }, next);
    // Two equal images: the span has fewer dimensions than there are rows.
    features.copyWithin(width, 0, width);
    const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
    const problem = await logisticProblem({ features, labels }, classes);
    assert.equal(problem.columns, n - 2 + 1);
    const fits = [
      await fitLogistic(problem, c, { tolerance: 1e-12 }),
      await fitLogistic(problem, c, { tolerance: 1e-12, start: await fitLogistic(problem, 1e-3) }),
    ];
    await problem.curvature.release();
    for (const { classifier } of fits) {
      const { probabilities } = classifyLinearly(classifier, features);
      for (let k = 0; k < classes; k++)
        for (let column = 0; column <= width; column++) {
          let gradient = column < width ? classifier.weights[k * (width + 1) + column]! / (c * n) : 0;
          for (let i = 0; i < n; i++) {
            const x = column < width ? features[i * width + column]! : 1;
            gradient += ((probabilities[i * classes + k]! - Number(labels[i] === k)) * x) / n;
          }
          assert.ok(Math.abs(gradient) < 1e-10, `class ${k}, column ${column}: ${gradient}`);
        }
    }
    const [one, other] = fits.map(({ classifier }) => classifier.weights);
    assert.ok(one!.every((value, i) => Math.abs(value - other![i]!) < 1e-7));
  });

  it('equal images tell nothing but how often each class occurs', async () => {
    const features = new Float32Array(4 * 16).fill(2);
    const problem = await logisticProblem({ features, labels: Int32Array.of(0, 1, 1, 1) }, 2);
    const fit = await fitLogistic(problem, 1);
    await problem.curvature.release();
    const { probabilities } = classifyLinearly(fit.classifier, features.subarray(0, 16));
    assert.ok(Math.abs(probabilities[0]! - 0.25) < 1e-6 && Math.abs(probabilities[1]! - 0.75) < 1e-6);
  });

  it('multiplies matrices of every remainder of a tile', () => {
    const next = randomNumbers(6);
    for (const n of [1, 2, 3])
      for (const k of [1, 2, 3, 4, 5, 6, 7]) {
        const depth = 5;
        const a = Float64Array.from({ length: n * depth }, next);
        const b = Float64Array.from({ length: k * depth }, next);
        const expected = Array.from({ length: n * k }, (_, at) => {
          const [row, column] = [Math.floor(at / k) * depth, (at % k) * depth];
          return a.subarray(row, row + depth).reduce((sum, value, j) => sum + value * b[column + j]!, 0);
        });
        assert.deepEqual([...product(a, b, depth)], expected);
      }
  });

  it('chooses the penalty as the reference’s search does', async () => {
    const { tensors } = await readSafetensorsHeader(FILE);
    const part = async (name: 'train' | 'val' | 'test') => ({
      features: await readTensor(FILE, tensors.get(`search.${name}`)!),
      labels: Int32Array.from(search[`y_${name}`]),
    });
    const [train, val, test] = [await part('train'), await part('val'), await part('test')];
    const { classifier, c } = await fitLinearProbe(train, val, search.classes);
    assert.ok(Math.abs(c - search.final_C) < 1e-12, `${c}`);
    const { predictions } = classifyLinearly(classifier, test.features);
    const right = predictions.filter((prediction, i) => prediction === test.labels[i]).length;
    assert.ok(Math.abs((100 * right) / predictions.length - search.final_test_accuracy) < 1e-9);
  });

  it('tells how many fits are done, and ends with its caller’s cancellation', async () => {
    const next = randomNumbers(11);
    const images = (n: number) => {
      const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
      const signal = (at: number) => Number(at % 6 === labels[Math.floor(at / 6)]);
      return { labels, features: Float32Array.from({ length: n * 6 }, (_, at) => next() + signal(at)) };
    };
    const [train, validation] = [images(12), images(30)];
    const seen: number[] = [];
    await fitLinearProbe(train, validation, 3, { onProgress: ({ done }) => seen.push(done) });
    assert.ok(seen.length > 7);
    assert.deepEqual(
      seen,
      seen.map((_, at) => at + 1),
    );
    const stop = new AbortController();
    seen.length = 0;
    const onProgress = ({ done }: { readonly done: number }) => {
      seen.push(done);
      stop.abort();
    };
    const running = fitLinearProbe(train, validation, 3, { signal: stop.signal, onProgress });
    await assert.rejects(running, { name: 'AbortError' });
    assert.deepEqual(seen, [1]);
  });

  it('refuses features that are no finite numbers', async () => {
    const labels = Int32Array.of(0, 1, 0, 1);
    const features = Float32Array.of(1, 2, Number.NaN, 4);
    await assert.rejects(fitLinearProbe({ features, labels }, { features, labels }, 2), {
      code: 'method.leftOut',
    });
  });

  it('gives others a turn while it orders wide features, and ends there when it shall', async () => {
    const next = randomNumbers(2);
    const features = Float32Array.from({ length: 500 * 1024 }, next);
    const stop = new AbortController();
    setTimeout(() => stop.abort());
    const begun = rowSpace(features, 1024, stop.signal);
    await assert.rejects(begun, { name: 'AbortError' });
  });

  it('has the Hessian that differences of its gradient say, and that Hessian’s diagonal', async () => {
    const [n, columns, classes] = [7, 4, 3];
    const next = randomNumbers(3);
    const numbers = (length: number) => Float64Array.from({ length }, next);
    const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
    const curvature = await logisticCurvature({ x: numbers(n * columns), labels, columns, classes });
    const weights = numbers(classes * columns);
    const point = await curvature.at(weights);
    const step = 1e-5;
    for (let j = 0; j < weights.length; j++) {
      const moved = (by: number) => curvature.at(weights.map((value, i) => value + (i === j ? by : 0)));
      const [after, before] = [await moved(step), await moved(-step)];
      const slope = (after.loss - before.loss) / (2 * step);
      assert.ok(Math.abs(slope - point.gradient[j]!) < 1e-9, `${slope} ≠ ${point.gradient[j]}`);
      const column = await curvature.along(
        point,
        Float64Array.from(weights, (_, i) => Number(i === j)),
      );
      assert.ok(Math.abs(column[j]! - point.diagonal[j]!) < 1e-15);
      for (const [i, value] of column.entries()) {
        const difference = (after.gradient[i]! - before.gradient[i]!) / (2 * step);
        assert.ok(Math.abs(value - difference) < 1e-9, `${value} ≠ ${difference}`);
      }
    }
    await curvature.release();
  });

  it('calls a tie at either end of the range one', async () => {
    const rows = (counts: readonly [number, number], spread: number, flip = 1) => {
      const labels = Int32Array.from({ length: counts[0] + counts[1] }, (_, i) => Number(i >= counts[0]));
      return { features: Float32Array.from(labels, label => flip * spread * (2 * label - 1)), labels };
    };
    // What is told apart is told apart however weak the penalty is.
    const weakest = await fitLinearProbe(rows([20, 20], 1), rows([5, 5], 1), 2);
    assert.deepEqual([weakest.tied, weakest.c > 1e4], ['weakest', true]);
    // Only who learns nothing but the frequent class is right about these.
    const strongest = await fitLinearProbe(rows([30, 10], 100), rows([8, 0], 100, -1), 2);
    assert.deepEqual([strongest.tied, Math.abs(strongest.c / 1e-7 - 1) < 1e-9], ['strongest', true]);

    const learned = [strongest, weakest, { c: 3, tied: null }].map(({ c, tied }) => ({
      kind: 'classifier' as const,
      tensors: new Map(),
      figures: { c, tied: [null, 'weakest', 'strongest'].indexOf(tied), images: 40, validation: 10 },
    }));
    const note = method.note(learned, ...([] as unknown as [never, never]));
    assert.match(note, / was chosen on 10 dev images\. C = \S+ is a tie at the weakest end of the range: /);
    assert.match(
      note,
      / C = 1e-7 is a tie at the strongest end of the range: other penalties were as right on them\.$/,
    );
    const [, , third] = learned;
    assert.doesNotMatch(method.note([third!], ...([] as unknown as [never, never])), /tie/);
  });
});
