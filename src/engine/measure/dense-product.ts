/**
 * Product of two dense row-major matrices that share their last dimension: a [n, depth] · b [k, depth]ᵀ → [n, k].
 * Tiles of 2 × 4 sums use every number loaded several times, and eight sums do not wait for one another.
 */
export function product(a: Float64Array, b: Float64Array, depth: number): Float64Array {
  const [n, k] = [a.length / depth, b.length / depth];
  const out = new Float64Array(n * k);
  for (let row = 0; row < n; row += 2) {
    const a0 = row * depth;
    // Past the edge a tile repeats its last row; what it writes there is outside `out`, or guarded below.
    const a1 = row + 1 < n ? a0 + depth : a0;
    for (let column = 0; column < k; column += 4) {
      const left = k - column;
      const b0 = column * depth;
      const b1 = left > 1 ? b0 + depth : b0;
      const b2 = left > 2 ? b1 + depth : b0;
      const b3 = left > 3 ? b2 + depth : b0;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let t0 = 0;
      let t1 = 0;
      let t2 = 0;
      let t3 = 0;
      for (let j = 0; j < depth; j++) {
        // No destructuring here: it would make two arrays for each number.
        const x = a[a0 + j]!;
        const y = a[a1 + j]!;
        const u0 = b[b0 + j]!;
        const u1 = b[b1 + j]!;
        const u2 = b[b2 + j]!;
        const u3 = b[b3 + j]!;
        s0 += x * u0;
        s1 += x * u1;
        s2 += x * u2;
        s3 += x * u3;
        t0 += y * u0;
        t1 += y * u1;
        t2 += y * u2;
        t3 += y * u3;
      }
      const at = row * k + column;
      const below = at + k;
      out[at] = s0;
      out[below] = t0;
      if (left > 1) {
        out[at + 1] = s1;
        out[below + 1] = t1;
      }
      if (left > 2) {
        out[at + 2] = s2;
        out[below + 2] = t2;
      }
      if (left > 3) {
        out[at + 3] = s3;
        out[below + 3] = t3;
      }
    }
  }
  return out;
}

/** [n, columns] → [columns, n] */
export function transposed(values: Float64Array, columns: number): Float64Array {
  const n = values.length / columns;
  const out = new Float64Array(values.length);
  for (let i = 0; i < n; i++) for (let j = 0; j < columns; j++) out[j * n + i] = values[i * columns + j]!;
  return out;
}
