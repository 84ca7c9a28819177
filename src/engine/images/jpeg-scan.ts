import type { BitReader, HuffmanTable } from './jpeg-bits';

/** One colour component of the frame. */
export interface Component {
  readonly id: number;
  /** Samples per 8 × 8 units of an MCU. */
  readonly across: number;
  readonly down: number;
  readonly quantisation: number;
  /** Blocks that hold picture, as a scan of this component alone has them. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Blocks per stored row, whole MCUs. */
  readonly stride: number;
  /** [rows of whole MCUs, stride, 64] in natural order, not yet dequantised. */
  readonly coefficients: Int16Array;
}

export interface ScanComponent {
  readonly component: Component;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

export interface Scan {
  readonly components: readonly ScanComponent[];
  readonly progressive: boolean;
  /** Range of coefficients in zigzag order. */
  readonly from: number;
  readonly to: number;
  /** Bit position of the last scan of these coefficients, 0 for their first. */
  readonly high: number;
  /** Bit position that this scan brings them to. */
  readonly low: number;
  readonly mcusWide: number;
  readonly mcusHigh: number;
  /** MCUs between restart markers, 0 for none. */
  readonly restartInterval: number;
}

/** Zigzag position → natural position. */
export const NATURAL = Uint8Array.of(
  ...[
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28,
  ],
  ...[
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
    61, 54, 47, 55, 62, 63,
  ],
);

interface ScanState {
  /** Last DC value of each component of the scan. */
  readonly predictors: Int32Array;
  /** Blocks that the present end-of-band run still covers. */
  run: number;
}

type BlockDecoder = (data: Int16Array, at: number, index: number, tables: ScanComponent) => void;

function tableOf(table: HuffmanTable | undefined): HuffmanTable {
  if (table === undefined) throw new Error('a Huffman table is missing');
  return table;
}

function sequentialBlock(reader: BitReader, state: ScanState): BlockDecoder {
  return (data, at, index, { dc, ac }) => {
    const difference = reader.signed(reader.symbol(tableOf(dc)) & 15);
    const value = (state.predictors[index] as number) + difference;
    state.predictors[index] = value;
    data[at] = value;
    for (let k = 1; k < 64; k += 1) {
      const symbol = reader.symbol(tableOf(ac));
      const size = symbol & 15;
      if (size === 0) {
        if (symbol !== 0xf0) break;
        k += 15;
        continue;
      }
      k += symbol >> 4;
      if (k > 63) throw new Error('a run leaves its block');
      data[at + (NATURAL[k] as number)] = reader.signed(size);
    }
  };
}

function firstDc(reader: BitReader, state: ScanState, low: number): BlockDecoder {
  return (data, at, index, { dc }) => {
    const value = (state.predictors[index] as number) + reader.signed(reader.symbol(tableOf(dc)) & 15);
    state.predictors[index] = value;
    data[at] = value << low;
  };
}

function refineDc(reader: BitReader, low: number): BlockDecoder {
  return (data, at) => {
    if (reader.bits(1) === 1) data[at] = (data[at] as number) | (1 << low);
  };
}

function firstAc(reader: BitReader, state: ScanState, { from, to, low }: Scan): BlockDecoder {
  return (data, at, _index, { ac }) => {
    if (state.run > 0) {
      state.run -= 1;
      return;
    }
    for (let k = from; k <= to; k += 1) {
      const symbol = reader.symbol(tableOf(ac));
      const zeros = symbol >> 4;
      const size = symbol & 15;
      if (size === 0) {
        if (zeros < 15) {
          state.run = (1 << zeros) + reader.bits(zeros) - 1;
          return;
        }
        k += 15;
        continue;
      }
      k += zeros;
      if (k > to) throw new Error('a run leaves its block');
      data[at + (NATURAL[k] as number)] = reader.signed(size) * (1 << low);
    }
  };
}

function refineAc(reader: BitReader, state: ScanState, { from, to, low }: Scan): BlockDecoder {
  const unit = 1 << low;
  const correct = (data: Int16Array, at: number): void => {
    const value = data[at] as number;
    if (reader.bits(1) === 1 && (Math.abs(value) & unit) === 0) data[at] = value + (value < 0 ? -unit : unit);
  };
  return (data, at, _index, { ac }) => {
    let k = from;
    if (state.run === 0) {
      for (; k <= to; k += 1) {
        const symbol = reader.symbol(tableOf(ac));
        let zeros = symbol >> 4;
        let value = 0;
        if ((symbol & 15) !== 0) value = reader.bits(1) === 1 ? unit : -unit;
        else if (zeros < 15) {
          state.run = (1 << zeros) + reader.bits(zeros);
          break;
        }
        // Passes over what is already known, correcting it, until as many unknown ones lie behind.
        for (; k <= to; k += 1) {
          const place = at + (NATURAL[k] as number);
          if (data[place] !== 0) correct(data, place);
          else if (zeros === 0) {
            if (value !== 0) data[place] = value;
            break;
          } else zeros -= 1;
        }
      }
    }
    if (state.run === 0) return;
    for (; k <= to; k += 1) {
      const place = at + (NATURAL[k] as number);
      if (data[place] !== 0) correct(data, place);
    }
    state.run -= 1;
  };
}

function blockDecoder(reader: BitReader, state: ScanState, scan: Scan): BlockDecoder {
  if (!scan.progressive) return sequentialBlock(reader, state);
  if (scan.from === 0) return scan.high === 0 ? firstDc(reader, state, scan.low) : refineDc(reader, scan.low);
  return scan.high === 0 ? firstAc(reader, state, scan) : refineAc(reader, state, scan);
}

/**
 * Decodes one scan into the components' coefficients (ITU T.81, Huffman, sequential and progressive).
 * @throws Error when the data are damaged or end too early
 */
export function decodeScan(reader: BitReader, scan: Scan): void {
  const state: ScanState = { predictors: new Int32Array(scan.components.length), run: 0 };
  const decode = blockDecoder(reader, state, scan);
  const alone = scan.components.length === 1 ? (scan.components[0] as ScanComponent) : undefined;
  const wide = alone?.component.blocksWide ?? scan.mcusWide;
  const high = alone?.component.blocksHigh ?? scan.mcusHigh;
  for (let mcu = 0; mcu < wide * high; mcu += 1) {
    if (scan.restartInterval > 0 && mcu > 0 && mcu % scan.restartInterval === 0) {
      reader.restart();
      state.predictors.fill(0);
      state.run = 0;
    }
    const x = mcu % wide;
    const y = Math.trunc(mcu / wide);
    if (alone !== undefined) {
      const { coefficients, stride } = alone.component;
      decode(coefficients, (y * stride + x) * 64, 0, alone);
      continue;
    }
    scan.components.forEach((tables, index) => {
      const { across, down, stride, coefficients } = tables.component;
      for (let v = 0; v < down; v += 1) {
        for (let h = 0; h < across; h += 1)
          decode(coefficients, ((y * down + v) * stride + x * across + h) * 64, index, tables);
      }
    });
  }
}
