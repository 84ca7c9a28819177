/**
 * CMYK → RGB without colour management, as Pillow converts it: level · (255 − K) / 255 taken from 255 − K.
 * @param cmyk ink amounts (255 = full), `step` bytes a pixel
 */
export function cmykToRgb(cmyk: Uint8Array, step: number, count: number, rgb: Uint8Array, to: number): void {
  for (let i = 0, o = to; o < to + count * 3; i += step, o += 3) {
    const light = 255 - (cmyk[i + 3] as number);
    for (let channel = 0; channel < 3; channel += 1) {
      // x · y / 255, rounded, without a division.
      const product = (cmyk[i + channel] as number) * light + 128;
      rgb[o + channel] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
}
