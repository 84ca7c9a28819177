/** Samples of one component: [height, stride], of which `width` a row are picture. */
export interface Plane {
  readonly samples: Uint8ClampedArray;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/** Weights 3 : 1 towards the neighbour, rounded by turns up and down, as libjpeg's "fancy" upsampling has them. */
function doubleRow(
  row: Int32Array,
  width: number,
  out: Uint8Array,
  to: number,
  bits: number,
  columns: number,
): void {
  const low = bits === 2 ? 1 : 8;
  const high = bits === 2 ? 2 : 7;
  for (let x = 0; x < columns; x += 1) {
    const at = x >> 1;
    const odd = x & 1;
    const near = odd ? Math.min(at + 1, width - 1) : Math.max(at - 1, 0);
    out[to + x] = ((row[at] as number) * 3 + (row[near] as number) + (odd ? high : low)) >> bits;
  }
}

/**
 * Brings a component to the size of the picture: by triangle filter for factors of 2, by repetition for others, as libjpeg does.
 * @returns [height, width] uint8
 */
export function upsample(
  plane: Plane,
  across: number,
  down: number,
  width: number,
  height: number,
): Uint8Array {
  const { samples, stride } = plane;
  const out = new Uint8Array(width * height);
  const smoothAcross = across === 2 && plane.width > 2 && (down === 1 || down === 2);
  const smoothDown = down === 2 && (smoothAcross || across === 1);
  const row = new Int32Array(plane.width);
  for (let y = 0; y < height; y += 1) {
    const at = Math.min(Math.trunc(y / down), plane.height - 1);
    const odd = y & 1;
    const near = odd ? Math.min(at + 1, plane.height - 1) : Math.max(at - 1, 0);
    for (let x = 0; x < plane.width; x += 1) {
      const level = samples[at * stride + x] as number;
      row[x] = smoothDown ? level * 3 + (samples[near * stride + x] as number) : level;
    }
    const to = y * width;
    if (smoothAcross) doubleRow(row, plane.width, out, to, smoothDown ? 4 : 2, width);
    else
      for (let x = 0; x < width; x += 1) {
        const level = row[Math.trunc(x / across)] as number;
        out[to + x] = smoothDown ? (level + (odd ? 2 : 1)) >> 2 : level;
      }
  }
  return out;
}
