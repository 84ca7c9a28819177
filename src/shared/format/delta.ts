import type { Delta } from '../contracts/report';
import { pValue } from './p-value';
import { tenths } from './percent';
import { points, pointsRange } from './points';

/** `none`: the 95 % interval includes zero, so the data do not show a difference in either direction. */
export type Verdict = 'gain' | 'loss' | 'none';

export function verdictOf(delta: Pick<Delta, 'low' | 'high'>): Verdict {
  if (delta.low > 0) return 'gain';
  if (delta.high < 0) return 'loss';
  return 'none';
}

const MARKS: Readonly<Record<Verdict, string>> = { gain: '▲', loss: '▼', none: '≈' };

/** `▲`, `▼` or `≈`; always stands beside a signed number, so colour and shape are never the only carrier. */
export function verdictMark(verdict: Verdict): string {
  return MARKS[verdict];
}

/** `▲1.4`, `▼10.3`, `≈0.3`: for inlay hints. */
export function compactDelta(delta: Pick<Delta, 'difference' | 'low' | 'high'>): string {
  const verdict = verdictOf(delta);
  const sign =
    verdict === 'none' && delta.difference < 0 && tenths(delta.difference * 100) !== '0.0' ? '−' : '';
  return `${verdictMark(verdict)}${sign}${tenths(delta.difference * 100)}`;
}

/** `▲ +17.3 pts`. */
export function markedDelta(delta: Pick<Delta, 'difference' | 'low' | 'high'>): string {
  return `${verdictMark(verdictOf(delta))} ${points(delta.difference)}`;
}

/** `+17.3 pts (95 % interval +11.2 to +23.1 pts, n = 342, p < 0.001)`: one line that hides nothing. */
export function fullDelta(delta: Delta): string {
  const interval = `95 % interval ${pointsRange(delta.low, delta.high)}`;
  return `${points(delta.difference)} (${interval}, n = ${delta.n}, ${pValue(delta.p)})`;
}
