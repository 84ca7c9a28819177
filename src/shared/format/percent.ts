/** `63.2 %`: a fraction 0…1 with one decimal, as reports and tables show it. */
export function percent(fraction: number): string {
  return `${oneDecimal(fraction * 100)} %`;
}

/** `63.2%`: the same where width is short (inlay hints show at most 16 characters). */
export function compactPercent(fraction: number): string {
  return `${oneDecimal(fraction * 100)}%`;
}

/** `58.1–68.0 %`: a 95 % interval of a fraction. */
export function percentRange(low: number, high: number): string {
  return `${oneDecimal(low * 100)}–${oneDecimal(high * 100)} %`;
}

/** `63.2 % ± 1.4`: mean and standard deviation of fractions over seeds. */
export function percentSpread(mean: number, deviation: number): string {
  return `${percent(mean)} ± ${oneDecimal(deviation * 100)}`;
}

/** Rounds half away from zero on the printed digit and never prints `-0.0`; a value that is no number shows `–`. */
export function oneDecimal(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const magnitude = tenths(value);
  return magnitude !== '0.0' && value < 0 ? `−${magnitude}` : magnitude;
}

/**
 * Magnitude with one decimal. 0.0415 × 100 is 4.1499999…; twelve significant digits first, so that the binary
 * remainder does not decide the printed digit.
 */
export function tenths(value: number): string {
  return (Math.round(Number((Math.abs(value) * 10).toPrecision(12))) / 10).toFixed(1);
}
