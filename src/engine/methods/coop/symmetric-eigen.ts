const MAX_SWEEPS = 30;
/** Squares of what stands beside the diagonal, as a share of all, that rounding leaves. */
const NEGLIGIBLE = 1e-30;

/**
 * Eigenvectors of a symmetric matrix, by Jacobi's rotations (Golub & Van Loan, Matrix Computations, algorithm 8.5.3).
 * @param matrix [n, n]
 * @returns [n, n]: one eigenvector a row, that of the largest eigenvalue first
 */
export function eigenvectors(matrix: ArrayLike<number>, n: number): Float64Array {
  const left = Float64Array.from(matrix);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const all = left.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < MAX_SWEEPS && besideDiagonal(left, n) > NEGLIGIBLE * all; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const off = left[p * n + q]!;
        if (off === 0) continue;
        const half = (left[q * n + q]! - left[p * n + p]!) / (2 * off);
        const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.hypot(half, 1));
        const cosine = 1 / Math.hypot(tangent, 1);
        const sine = tangent * cosine;
        rotate(left, n, 1, p * n, q * n, cosine, sine);
        rotate(left, n, n, p, q, cosine, sine);
        rotate(vectors, n, 1, p * n, q * n, cosine, sine);
      }
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => left[b * n + b]! - left[a * n + a]!);
  const sorted = new Float64Array(n * n);
  for (const [to, from] of order.entries()) sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  return sorted;
}

function besideDiagonal(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += matrix[i * n + j]! ** 2;
  return sum;
}

/** Turns two rows or columns against each other, in place: `n` numbers each, `stride` apart. */
function rotate(
  matrix: Float64Array,
  n: number,
  stride: number,
  p: number,
  q: number,
  cosine: number,
  sine: number,
): void {
  for (let k = 0; k < n; k++) {
    const i = p + k * stride;
    const j = q + k * stride;
    const x = matrix[i]!;
    const y = matrix[j]!;
    matrix[i] = cosine * x - sine * y;
    matrix[j] = sine * x + cosine * y;
  }
}
