import { tenths } from './percent';

/** `+4.1 pts`, `−10.3 pts`, `±0.0 pts`: a difference of two fractions in percentage points, the sign always shown. */
export function points(difference: number): string {
  return `${signedPoints(difference)} pts`;
}

/** `+4.1`: the same without its unit, for columns whose header names it. */
export function signedPoints(difference: number): string {
  if (!Number.isFinite(difference)) return '–';
  const magnitude = tenths(difference * 100);
  if (magnitude === '0.0') return '±0.0';
  return `${difference > 0 ? '+' : '−'}${magnitude}`;
}

/** `+11.2 to +23.1 pts`: an interval of a difference. A limit beside zero shows on which side of it it lies: `+0.02`. */
export function pointsRange(low: number, high: number): string {
  return `${limit(low)} to ${limit(high)} pts`;
}

function limit(value: number): string {
  const shown = signedPoints(value);
  if (shown !== '±0.0' || value === 0) return shown;
  return `${value > 0 ? '+' : '−'}${Number((Math.abs(value) * 100).toPrecision(1))}`;
}
