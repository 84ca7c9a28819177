/** Rows of `width` values scaled to Euclidean length 1, as a new array: [n · width]. A row of zeros stays zero. */
export function unitRows(values: Float32Array, width: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += width) {
    let square = 0;
    for (let i = at; i < at + width; i++) square += values[i]! * values[i]!;
    const length = Math.sqrt(square);
    if (length === 0) continue;
    for (let i = at; i < at + width; i++) out[i] = values[i]! / length;
  }
  return out;
}
