import { transposed } from '../../measure/dense-product';
import { eigenvectors } from './symmetric-eigen';

/** Vectors of a context that act together: those of a slot, of one class where it has its own. */
export interface VectorBlock {
  readonly first: number;
  readonly count: number;
}

export interface ContextLayout {
  readonly blocks: readonly VectorBlock[];
  /** d */
  readonly width: number;
}

/** What SOAP remembers of a context [vectors, d]. */
export interface SoapState {
  /** [vectors, d] running mean of the gradient. */
  readonly first: Float32Array;
  /** [vectors, d] running mean of its square along the eigenvectors of each block, the greatest first. */
  readonly second: Float32Array;
  /** [count, count] of every block, one after the other: running mean of the vectors' gradients' products. */
  readonly products: Float32Array;
}

const [BETA1, BETA2, BETA_PRODUCTS, EPSILON] = [0.9, 0.95, 0.95, 1e-8];

export function freshSoap(size: number, blocks: readonly VectorBlock[]): SoapState {
  return {
    first: new Float32Array(size),
    second: new Float32Array(size),
    products: new Float32Array(productsOf(blocks)),
  };
}

/** How many numbers the products of all blocks are. */
export function productsOf(blocks: readonly VectorBlock[]): number {
  return blocks.reduce((sum, { count }) => sum + count * count, 0);
}

/**
 * One step of SOAP, in place: Adam along the eigenvectors of the mean of G·Gᵀ (Vyas et al., arXiv 2409.11321, algorithm 3,
 * of one side, the basis new in each step). The vectors of a context push prompts in much the same direction; in that
 * basis what they have in common and what tells them apart get steps of their own.
 * @param context [vectors, d]
 * @param gradient [vectors, d]
 * @param step from 1
 */
export function soapStep(
  context: Float32Array,
  gradient: Float32Array,
  { first, second, products }: SoapState,
  { blocks, width }: ContextLayout,
  learningRate: number,
  step: number,
): void {
  const [correct1, correct2] = [1 - BETA1 ** step, 1 - BETA2 ** step];
  for (let i = 0; i < first.length; i++) first[i] = BETA1 * first[i]! + (1 - BETA1) * gradient[i]!;
  let place = 0;
  for (const { first: from, count } of blocks) {
    const part = (values: Float32Array) => values.subarray(from * width, (from + count) * width);
    const [own, slope, mean, squares] = [part(context), part(gradient), part(first), part(second)];
    const pairs = products.subarray(place, place + count * count);
    place += pairs.length;
    for (let i = 0; i < count; i++)
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += slope[i * width + k]! * slope[j * width + k]!;
        const kept = BETA_PRODUCTS * pairs[i * count + j]! + (1 - BETA_PRODUCTS) * sum;
        pairs[i * count + j] = kept;
        pairs[j * count + i] = kept;
      }
    const basis = eigenvectors(pairs, count);
    const [turnedSlope, turnedMean] = [
      combined(basis, slope, count, width),
      combined(basis, mean, count, width),
    ];
    for (let i = 0; i < squares.length; i++) {
      squares[i] = BETA2 * squares[i]! + (1 - BETA2) * turnedSlope[i]! ** 2;
      turnedMean[i]! /= correct1 * (Math.sqrt(squares[i]! / correct2) + EPSILON);
    }
    const move = combined(transposed(basis, count), turnedMean, count, width);
    for (let i = 0; i < own.length; i++) own[i] = own[i]! - learningRate * move[i]!;
  }
}

/** rows [n, n] · vectors [n, d] */
function combined(rows: Float64Array, vectors: ArrayLike<number>, n: number, width: number): Float64Array {
  const out = new Float64Array(n * width);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const share = rows[i * n + j]!;
      for (let k = 0; k < width; k++) out[i * width + k]! += share * vectors[j * width + k]!;
    }
  return out;
}
