import type { Delta } from '../contracts/report';
import { pValue } from './p-value';
import { points, pointsRange, signedPoints } from './points';
import { type Verdict, verdictOf } from './verdict';

/** As tables of results abbreviate it; hovers and legends say it in full. */
const NOT_SIGNIFICANT = ' n.s.';

type Shown = Pick<Delta, 'difference' | 'low' | 'high' | 'p'>;

const MARKS: Readonly<Record<Verdict, string>> = { gain: '▲', loss: '▼', none: '' };

/** `▲+1.4`, `▼−10.3`, `+0.6 n.s.` (not significant): for inlay hints. */
export function compactDelta(delta: Shown): string {
  const verdict = verdictOf(delta);
  return `${MARKS[verdict]}${signedPoints(delta.difference)}${verdict === 'none' ? NOT_SIGNIFICANT : ''}`;
}

/** `▲ +17.3 pts`, `+0.6 pts n.s.`. */
export function markedDelta(delta: Shown): string {
  const verdict = verdictOf(delta);
  if (verdict === 'none') return `${points(delta.difference)}${NOT_SIGNIFICANT}`;
  return `${MARKS[verdict]} ${points(delta.difference)}`;
}

/** `+17.3 pts (95 % interval +11.2 to +23.1 pts, n = 342, p < 0.001)`: one line that hides nothing. */
export function fullDelta(delta: Delta): string {
  const interval = `95 % interval ${pointsRange(delta.low, delta.high)}`;
  return `${points(delta.difference)} (${interval}, n = ${delta.n}, ${pValue(delta.p)})`;
}
