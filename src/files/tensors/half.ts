const MAX_FINITE_HALF_BITS = 0x7c00;
const QUIET_NAN_HALF_BITS = 0x7e00;
const QUIET_BIT_BFLOAT = 0x40;

const floatWord = new Float32Array(1);
const bitsWord = new Uint32Array(floatWord.buffer);

let halfTable: Float32Array | undefined;

/** IEEE 754 binary16 bit patterns widened to float32; exact for every value, infinities and NaN included. */
export function widenHalf(bits: Uint16Array): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, pattern) => halfToNumber(pattern));
  const table = halfTable;
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
  return values;
}

/** bfloat16 bit patterns (the upper half of a float32) widened to float32; exact, NaN payloads included. */
export function widenBfloat(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** Float32 values rounded to binary16, to nearest, ties to even; too large becomes infinity, NaN a quiet NaN. */
export function narrowToHalf(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    floatWord[0] = values[i]!;
    bits[i] = floatBitsToHalf(bitsWord[0]!);
  }
  return bits;
}

/** Float32 values rounded to bfloat16, to nearest, ties to even; NaN stays a quiet NaN. */
export function narrowToBfloat(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const isNan = (word & 0x7fffffff) > 0x7f800000;
    bits[i] = isNan ? (word >>> 16) | QUIET_BIT_BFLOAT : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function floatBitsToHalf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | QUIET_NAN_HALF_BITS;
  const exponent = (magnitude >>> 23) - 127 + 15;
  if (exponent >= 31) return sign | MAX_FINITE_HALF_BITS;
  const significand = (magnitude & 0x7fffff) | 0x800000;
  // A subnormal half has a fixed exponent, so its significand loses more bits the smaller the number is.
  const dropped = exponent > 0 ? 13 : 14 - exponent;
  if (dropped > 24) return sign;
  const kept = significand >>> dropped;
  const rest = significand & ((1 << dropped) - 1);
  const halfway = 1 << (dropped - 1);
  const roundUp = rest > halfway || (rest === halfway && (kept & 1) === 1) ? 1 : 0;
  // A carry out of the significand raises the exponent by itself, up to infinity.
  return exponent > 0 ? sign | (((exponent - 1) << 10) + kept + roundUp) : sign | (kept + roundUp);
}
