/** `1,240`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 image`, `1,240 images`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${Math.round(value) === 1 ? one : many}`;
}

/** `0.42 steps/s`, `8.3 steps/s`, `212 images/s`: about two significant digits. */
export function rate(perSecond: number, unit: string): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return `– ${unit}/s`;
  const digits = perSecond < 1 ? 2 : perSecond < 10 ? 1 : 0;
  return `${digits === 0 ? count(perSecond) : perSecond.toFixed(digits)} ${unit}/s`;
}

/** `1,240 / 5,000 images`. */
export function progressCount(done: number, total: number, unit: string): string {
  return `${count(done)} / ${count(total)} ${unit}`;
}
