import type { TestImage } from '../contracts/report';

/** What learning did to the answer on one image. */
export type Outcome = 'fixed' | 'broken' | 'wrong' | 'right';

/** `wrong` and `right`: both prompts are, though not always with the same answer. */
export function outcomeOf({ label, baseline, learned }: TestImage): Outcome {
  if (learned === label) return baseline === label ? 'right' : 'fixed';
  return baseline === label ? 'broken' : 'wrong';
}
