/** Huffman table as a direct look-up: 16 coming bits → code length << 8 | symbol; 0 where no code fits. */
export type HuffmanTable = Uint16Array;

/**
 * @param counts number of codes of 1..16 bits
 * @throws Error for more codes than there is room for
 */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(1 << 16);
  let at = 0;
  let symbol = 0;
  for (let length = 1; length <= 16; length += 1) {
    const span = 1 << (16 - length);
    for (let i = 0; i < (counts[length - 1] ?? 0); i += 1) {
      if (at + span > table.length || symbol >= symbols.length) throw new Error('a wrong Huffman table');
      table.fill((length << 8) | (symbols[symbol] as number), at, at + span);
      at += span;
      symbol += 1;
    }
  }
  return table;
}

/** Bits of the entropy-coded data of one scan. Every reader throws an Error when the data end too early. */
export interface BitReader {
  /** Next symbol of a Huffman code. */
  symbol(table: HuffmanTable): number;
  /** Next `count` bits (0..16) as an unsigned number. */
  bits(count: number): number;
  /** Next `count` bits as a JPEG signed value: the upper half positive, the lower half negative. */
  signed(count: number): number;
  /** Drops the rest of the byte and passes the restart marker that must follow. */
  restart(): void;
  /** Offset of the marker that ends the data; only meaningful after the last bit was read. */
  end(): number;
}

export function bitReader(bytes: Uint8Array, start: number): BitReader {
  let at = start;
  let buffer = 0;
  let held = 0;
  /** Zero bits that were added behind the end of the data. */
  let padded = 0;

  function fill(): void {
    while (held <= 16) {
      let byte = bytes[at] ?? 0xff;
      if (byte !== 0xff) at += 1;
      else if (bytes[at + 1] === 0) at += 2;
      else {
        byte = 0;
        padded += 8;
      }
      buffer = ((buffer << 8) | byte) & 0xffffff;
      held += 8;
    }
  }

  function drop(count: number): void {
    held -= count;
    if (held < padded) throw new Error('the data end too early');
  }

  function bits(count: number): number {
    if (count === 0) return 0;
    fill();
    const value = (buffer >> (held - count)) & ((1 << count) - 1);
    drop(count);
    return value;
  }

  return {
    bits,
    symbol(table) {
      fill();
      const entry = table[(buffer >> (held - 16)) & 0xffff] as number;
      if (entry === 0) throw new Error('a wrong Huffman code');
      drop(entry >> 8);
      return entry & 0xff;
    },
    signed(count) {
      if (count === 0) return 0;
      const value = bits(count);
      return value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
    },
    restart() {
      held = 0;
      padded = 0;
      while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1;
      const marker = bytes[at + 1] ?? 0;
      if (bytes[at] !== 0xff || marker < 0xd0 || marker > 0xd7)
        throw new Error('a restart marker is missing');
      at += 2;
    },
    end: () => at,
  };
}
