import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { product, transposed } from '../../../../src/engine/measure/dense-product';
import { numberVectors } from '../../../../src/engine/methods/coop/learn-problem';
import { freshSoap, soapStep } from '../../../../src/engine/methods/coop/soap';
import { eigenvectors } from '../../../../src/engine/methods/coop/symmetric-eigen';
import { loadTokenizer } from '../../../../src/engine/models/tokenizer/load-tokenizer';
import { templateRows } from '../../../../src/engine/prompt/template-rows';
import { parseTemplate } from '../../../../src/shared/template/parse-template';
import { root } from '../../../support/root';
import { randomNumbers } from '../../support/random-text-model';

const golden = JSON.parse(readFileSync(path.join(root, 'test/fixtures/golden/soap.json'), 'utf8')) as {
  readonly blocks: readonly number[];
  readonly width: number;
  readonly rate: number;
  readonly context: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly contexts: readonly (readonly number[])[];
};

const close = (found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number) => {
  assert.equal(found.length, wanted.length);
  for (let i = 0; i < found.length; i++)
    assert.ok(Math.abs(found[i]! - wanted[i]!) <= tolerance, `${i}: ${found[i]} ≠ ${wanted[i]}`);
};

describe('eigenvectors of a symmetric matrix', () => {
  const next = randomNumbers(5);
  for (const n of [1, 2, 5, 16])
    it(`are orthonormal, and make it diagonal, the largest first (${n})`, () => {
      const factor = Float64Array.from({ length: n * n }, next);
      const matrix = product(factor, factor, n);
      const rows = eigenvectors(matrix, n);
      const one = Float64Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0));
      close(product(rows, rows, n), one, 1e-13);
      const turned = product(product(rows, matrix, n), rows, n);
      const values = Array.from({ length: n }, (_, i) => turned[i * (n + 1)]!);
      close(
        turned,
        Float64Array.from(one, (on, at) => on * values[at % n]!),
        1e-12 * values[0]!,
      );
      assert.deepEqual(
        values,
        values.toSorted((a, b) => b - a),
      );
    });

  it('are there for a matrix of zeros and for one of a single vector', () => {
    close(eigenvectors(new Float64Array(9), 3), [1, 0, 0, 0, 1, 0, 0, 0, 1], 0);
    const rows = eigenvectors([1, 2, 2, 4], 2);
    close([Math.abs(rows[0]!), Math.abs(rows[1]!)], [Math.sqrt(0.2), Math.sqrt(0.8)], 1e-15);
  });
});

describe('SOAP', () => {
  it('takes the steps of PyTorch, block by block', () => {
    const { blocks: counts, width, rate, gradients, contexts } = golden;
    const blocks = counts.map((count, at) => ({
      first: counts.slice(0, at).reduce((a, b) => a + b, 0),
      count,
    }));
    const context = Float32Array.from(golden.context);
    const state = freshSoap(context.length, blocks);
    for (const [at, gradient] of gradients.entries()) {
      soapStep(context, Float32Array.from(gradient), state, { blocks, width }, rate, at + 1);
      close(context, contexts[at]!, 2e-6);
    }
  });

  it('leaves vectors without a gradient where they are', () => {
    const blocks = [
      { first: 0, count: 2 },
      { first: 2, count: 1 },
    ];
    const context = Float32Array.of(1, 2, 3, 4, 5, 6);
    const state = freshSoap(context.length, blocks);
    for (let step = 1; step <= 3; step++)
      soapStep(context, Float32Array.of(0, 0, 0, 0, 1, -1), state, { blocks, width: 2 }, 0.5, step);
    // One vector alone with the same gradient each time: a step is the rate.
    close(context, [1, 2, 3, 4, 3.5, 7.5], 1e-6);
  });

  it('moves the vectors of each slot together, of each class where it has its own', async () => {
    const tokenizer = await loadTokenizer(path.join(root, 'media/sample/icon-clip'));
    const { template } = parseTemplate('[V:3 per-class] {} [V:2] <given>.');
    const rows = templateRows(template!, { names: ['cat', 'dog'], columns: new Map() }, tokenizer, {
      contextLength: 77,
      learned: () => ({ length: 4, perClass: false }),
    });
    assert.deepEqual(numberVectors(rows, 2).blocks, [
      { first: 0, count: 3 },
      { first: 3, count: 3 },
      { first: 6, count: 2 },
    ]);
  });

  it('knows no order and no axes among the vectors: what turns them turns its steps', () => {
    const [count, width] = [4, 6];
    const next = randomNumbers(8);
    const numbers = (length: number) => Float32Array.from({ length }, next);
    const square = product(Float64Array.from(numbers(16)), Float64Array.from(numbers(16)), 4);
    const turn = eigenvectors(
      square.map((value, at) => value + transposed(square, 4)[at]!),
      count,
    );
    const turned = (values: Float32Array) =>
      Float32Array.from(product(turn, transposed(Float64Array.from(values), width), count));
    const blocks = [{ first: 0, count }];
    const [plain, other] = [new Float32Array(count * width), new Float32Array(count * width)];
    const [one, two] = [freshSoap(plain.length, blocks), freshSoap(plain.length, blocks)];
    for (let step = 1; step <= 5; step++) {
      const gradient = numbers(count * width);
      soapStep(plain, gradient, one, { blocks, width }, 0.1, step);
      soapStep(other, turned(gradient), two, { blocks, width }, 0.1, step);
      close(other, turned(plain), 1e-5);
    }
  });
});
