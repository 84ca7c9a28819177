import { product, transposed } from '../../measure/dense-product';
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
    const [own, squares] = [part(context), part(second)];
    const [slope, mean] = [Float64Array.from(part(gradient)), Float64Array.from(part(first))];
    const pairs = products.subarray(place, place + count * count);
    place += pairs.length;
    for (const [at, sum] of product(slope, slope, width).entries())
      pairs[at] = BETA_PRODUCTS * pairs[at]! + (1 - BETA_PRODUCTS) * sum;
    const basis = eigenvectors(pairs, count);
    const along = (rows: Float64Array, vectors: Float64Array) =>
      product(rows, transposed(vectors, width), count);
    const [turnedSlope, turnedMean] = [along(basis, slope), along(basis, mean)];
    for (let i = 0; i < squares.length; i++) {
      squares[i] = BETA2 * squares[i]! + (1 - BETA2) * turnedSlope[i]! ** 2;
      turnedMean[i]! /= correct1 * (Math.sqrt(squares[i]! / correct2) + EPSILON);
    }
    const move = along(transposed(basis, count), turnedMean);
    for (let i = 0; i < own.length; i++) own[i] = own[i]! - learningRate * move[i]!;
  }
}
