import type { LineScore } from '../contracts/protocol';
import { percent } from '../format/percent';
import type { Expectation } from '../template/syntax';

export interface Verdict {
  /** `error`: the line could not be scored. */
  readonly outcome: 'met' | 'short' | 'error';
  /** What was measured beside what was expected, or why nothing was. */
  readonly message: string;
}

/** Whether a line's accuracy on the dev images reaches what is expected of it. */
export function judgeExpectation(expectation: Expectation, { result }: LineScore): Verdict {
  if (!result.ok)
    return { outcome: 'error', message: `${result.error.message} ${result.error.next ?? ''}`.trim() };
  const { value, n } = result.accuracy;
  const met = expectation.operator === '>' ? value > expectation.accuracy : value >= expectation.accuracy;
  return {
    outcome: met ? 'met' : 'short',
    message: `${percent(value)} on ${n} dev images; expected: ${expectationText(expectation)}.`,
  };
}

/** `≥ 60.0 %`. */
export function expectationText({ operator, accuracy }: Expectation): string {
  return `${operator === '>' ? '>' : '≥'} ${percent(accuracy)}`;
}
