const CONSTANT_BITS = 13;
/** Extra precision between the passes. */
const PASS_BITS = 2;

const fixed = (value: number): number => Math.round(value * (1 << CONSTANT_BITS));
const C0_298 = fixed(0.298631336);
const C0_390 = fixed(0.390180644);
const C0_541 = fixed(0.5411961);
const C0_765 = fixed(0.765366865);
const C0_899 = fixed(0.899976223);
const C1_175 = fixed(1.175875602);
const C1_501 = fixed(1.50132111);
const C1_847 = fixed(1.847759065);
const C1_961 = fixed(1.96157056);
const C2_053 = fixed(2.053119869);
const C2_562 = fixed(2.562915447);
const C3_072 = fixed(3.072711026);

/** One 8-point transform of Loeffler, Ligtenberg and Moschytz (1989), results divided by 2^shift with rounding. */
function transform(data: Int32Array, at: number, step: number, shift: number): void {
  const read = (i: number): number => data[at + i * step] as number;
  const shared = Math.imul(read(2) + read(6), C0_541);
  const even2 = shared - Math.imul(read(6), C1_847);
  const even3 = shared + Math.imul(read(2), C0_765);
  const sum = (read(0) + read(4)) << CONSTANT_BITS;
  const difference = (read(0) - read(4)) << CONSTANT_BITS;

  const z5 = Math.imul(read(7) + read(3) + read(5) + read(1), C1_175);
  const z1 = -Math.imul(read(7) + read(1), C0_899);
  const z2 = -Math.imul(read(5) + read(3), C2_562);
  const z3 = z5 - Math.imul(read(7) + read(3), C1_961);
  const z4 = z5 - Math.imul(read(5) + read(1), C0_390);
  const odd0 = Math.imul(read(7), C0_298) + z1 + z3;
  const odd1 = Math.imul(read(5), C2_053) + z2 + z4;
  const odd2 = Math.imul(read(3), C3_072) + z2 + z3;
  const odd3 = Math.imul(read(1), C1_501) + z1 + z4;

  const half = 1 << (shift - 1);
  const write = (i: number, even: number, odd: number): void => {
    data[at + i * step] = (even + odd + half) >> shift;
    data[at + (7 - i) * step] = (even - odd + half) >> shift;
  };
  write(0, sum + even3, odd3);
  write(1, difference + even2, odd2);
  write(2, difference - even2, odd1);
  write(3, sum - even3, odd0);
}

/**
 * Dequantises and transforms blocks to samples with the rounding of libjpeg's accurate integer method.
 * @param coefficients [blocks of `rows` × `stride`, 64]
 * @param quantisation [64] in natural order
 * @returns [rows * 8, stride * 8] samples
 */
export function inverseDct(
  coefficients: Int16Array,
  stride: number,
  rows: number,
  quantisation: Uint16Array,
): Uint8ClampedArray {
  const width = stride * 8;
  const samples = new Uint8ClampedArray(rows * 8 * width);
  const work = new Int32Array(64);
  for (let block = 0; block < rows * stride; block += 1) {
    for (let i = 0; i < 64; i += 1)
      work[i] = (coefficients[block * 64 + i] as number) * (quantisation[i] as number);
    for (let column = 0; column < 8; column += 1) transform(work, column, 8, CONSTANT_BITS - PASS_BITS);
    for (let row = 0; row < 8; row += 1) transform(work, row * 8, 1, CONSTANT_BITS + PASS_BITS + 3);
    const to = Math.trunc(block / stride) * 8 * width + (block % stride) * 8;
    for (let i = 0; i < 64; i += 1) samples[to + (i >> 3) * width + (i & 7)] = (work[i] as number) + 128;
  }
  return samples;
}
