import { setImmediate as nextTurn } from 'node:timers/promises';

/** Features without their mean, in an orthonormal basis of the space that their rows span. */
export interface RowSpace {
  /** Width of a feature as given. */
  readonly width: number;
  readonly mean: Float64Array;
  /** [rank, width] orthonormal rows, or null where the features kept their own axes. */
  readonly basis: Float64Array | null;
  /** [n, rank] */
  readonly coordinates: Float64Array;
  readonly rank: number;
}

/** Milliseconds of work after which others get a turn. */
const TURN_MS = 20;

/** A part of a vector below this share of it is rounding. */
const NEGLIGIBLE = 1e-13;

/**
 * Few-shot features are fewer than they are wide, and a penalised linear classifier has no part outside the space they
 * span: in a basis of that space every product is as short as there are images. The basis is made only where it
 * shortens them to half.
 * @param features [n, width]
 * @throws the signal's reason
 */
export async function rowSpace(
  features: Float32Array,
  width: number,
  signal?: AbortSignal,
): Promise<RowSpace> {
  const n = features.length / width;
  const mean = new Float64Array(width);
  for (const [at, value] of features.entries()) mean[at % width]! += value / n;
  const centred = Float64Array.from(features, (value, at) => value - mean[at % width]!);
  if (2 * n > width) return { width, mean, basis: null, coordinates: centred, rank: width };
  const { basis, rows } = await orthonormalRows(centred, width, signal);
  const rank = basis.length / width;
  const coordinates = new Float64Array(n * rank);
  for (const [i, row] of rows.entries()) coordinates.set(row, i * rank);
  return { width, mean, basis, coordinates, rank };
}

/** Gram-Schmidt with every row orthogonalised twice, which keeps the basis orthogonal to rounding. */
async function orthonormalRows(
  matrix: Float64Array,
  width: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly basis: Float64Array; readonly rows: readonly (readonly number[])[] }> {
  const basis: Float64Array[] = [];
  const rows: number[][] = [];
  let turn = performance.now();
  for (let start = 0; start < matrix.length; start += width) {
    if (performance.now() - turn > TURN_MS) {
      await nextTurn();
      signal?.throwIfAborted();
      turn = performance.now();
    }
    const rest = matrix.slice(start, start + width);
    const whole = norm(rest);
    const row = basis.map(() => 0);
    for (let pass = 0; pass < 2; pass++) {
      for (const [at, axis] of basis.entries()) {
        let part = 0;
        for (let j = 0; j < width; j++) part += axis[j]! * rest[j]!;
        for (let j = 0; j < width; j++) rest[j]! -= part * axis[j]!;
        row[at]! += part;
      }
    }
    const left = norm(rest);
    if (left > NEGLIGIBLE * whole) {
      basis.push(rest.map(value => value / left));
      row.push(left);
    }
    rows.push(row);
  }
  const joined = new Float64Array(basis.length * width);
  for (const [at, axis] of basis.entries()) joined.set(axis, at * width);
  return { basis: joined, rows };
}

function norm(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}
