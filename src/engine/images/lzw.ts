/** How a format packs LZW codes. */
export interface LzwLayout {
  /** GIF fills bytes from the lowest bit, TIFF from the highest. */
  readonly bitOrder: 'lowFirst' | 'highFirst';
  /** Bits of one literal: 8 in TIFF, stated in the file in GIF. */
  readonly literalBits: number;
  /** TIFF widens the code one entry early. */
  readonly earlyChange: boolean;
}

const MAX_CODES = 4096;
/** The longest run, a table's worth of bytes, for a code of 12 bits. */
export const LZW_MAX_RATIO = 2731;

/**
 * Variable-width LZW with clear and end codes.
 * @returns at most `needed` bytes; fewer when the data end or their end code comes first
 * @throws Error for a code that cannot stand where it does
 */
export function decodeLzw(data: Uint8Array, needed: number, layout: LzwLayout): Uint8Array {
  const { literalBits } = layout;
  const lowFirst = layout.bitOrder === 'lowFirst';
  const early = layout.earlyChange ? 1 : 0;
  const clear = 1 << literalBits;
  const end = clear + 1;
  const out = new Uint8Array(needed);
  // A code beyond the literals stands for a run that was already written: where it begins and how long it is.
  const begins = new Int32Array(MAX_CODES);
  const lengths = new Int32Array(MAX_CODES);
  let width = literalBits + 1;
  let next = clear + 2;
  let previous = -1;
  let previousAt = 0;
  let bits = 0;
  let held = 0;
  let to = 0;

  for (let at = 0; to < needed; ) {
    while (held < width && at < data.length) {
      const byte = data[at] as number;
      bits = lowFirst ? bits | (byte << held) : ((bits << 8) | byte) & 0xffffff;
      held += 8;
      at += 1;
    }
    if (held < width) break;
    held -= width;
    const code = lowFirst ? bits & ((1 << width) - 1) : (bits >> held) & ((1 << width) - 1);
    if (lowFirst) bits >>>= width;

    if (code === clear) {
      width = literalBits + 1;
      next = clear + 2;
      previous = -1;
      continue;
    }
    if (code === end) break;
    if (code > next || (previous < 0 && code > clear) || (code === next && next >= MAX_CODES))
      throw new Error('a wrong LZW code');

    if (previous >= 0 && next < MAX_CODES) {
      // The new entry is the previous run and the byte that follows it, which stands right behind it in the output.
      begins[next] = previousAt;
      lengths[next] = (previous < clear ? 1 : (lengths[previous] as number)) + 1;
      next += 1;
      if (next + early === 1 << width && width < 12) width += 1;
    }
    previousAt = to;
    if (code < clear) {
      out[to] = code;
      to += 1;
    } else {
      const from = begins[code] as number;
      const stop = Math.min(needed, to + (lengths[code] as number));
      // Byte by byte: the run may overlap what it writes.
      for (let read = from; to < stop; read += 1, to += 1) out[to] = out[read] as number;
    }
    previous = code;
  }
  return to === needed ? out : out.subarray(0, to);
}
