/** Whether every value is a number that is finite. Many times as fast as `every`, which calls a function for each. */
export function allFinite(values: Float32Array | Float64Array): boolean {
  // NaN and the infinities give NaN times zero, and nothing takes a sum back from NaN.
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += values[i]! * 0;
  return zero === 0;
}
