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

/** `+11.2 to +23.1 pts`: an interval of a difference. */
export function pointsRange(low: number, high: number): string {
  return `${signedPoints(low)} to ${points(high)}`;
}
