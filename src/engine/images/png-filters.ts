/**
 * Undoes one row's PNG filter in place (PNG specification §9).
 * @param data rows with their filter bytes
 * @param at offset of the row's first data byte
 * @param above offset of the row above's first data byte, or -1 for the first row, above which all bytes count as 0
 * @param length bytes in the row
 * @param step bytes per whole pixel, at least 1
 * @throws Error for an unknown filter
 */
export function unfilterRow(
  filter: number,
  data: Uint8Array,
  at: number,
  above: number,
  length: number,
  step: number,
): void {
  const end = at + length;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = at + step; i < end; i += 1) data[i] = (data[i] as number) + (data[i - step] as number);
      return;
    case 2:
      if (above < 0) return;
      for (let i = at, up = above; i < end; i += 1, up += 1)
        data[i] = (data[i] as number) + (data[up] as number);
      return;
    case 3:
      for (let i = at, up = above; i < end; i += 1, up += 1) {
        const left = i - step >= at ? (data[i - step] as number) : 0;
        const upper = above < 0 ? 0 : (data[up] as number);
        data[i] = (data[i] as number) + ((left + upper) >> 1);
      }
      return;
    case 4:
      unfilterPaeth(data, at, above, end, step);
      return;
    default:
      throw new Error(`unknown row filter ${filter}`);
  }
}

function unfilterPaeth(data: Uint8Array, at: number, above: number, end: number, step: number): void {
  // Without a row above, the predictor is the left byte; without a left pixel, it is the upper byte.
  if (above < 0) {
    for (let i = at + step; i < end; i += 1) data[i] = (data[i] as number) + (data[i - step] as number);
    return;
  }
  const first = Math.min(at + step, end);
  for (let i = at, up = above; i < first; i += 1, up += 1)
    data[i] = (data[i] as number) + (data[up] as number);
  const back = above - at;
  for (let i = first; i < end; i += 1) {
    const left = data[i - step] as number;
    const upper = data[i + back] as number;
    const corner = data[i + back - step] as number;
    const estimate = left + upper - corner;
    const toLeft = Math.abs(estimate - left);
    const toUpper = Math.abs(estimate - upper);
    const toCorner = Math.abs(estimate - corner);
    const predicted = toLeft <= toUpper && toLeft <= toCorner ? left : toUpper <= toCorner ? upper : corner;
    data[i] = (data[i] as number) + predicted;
  }
}
