import type { PromptKind } from '../contracts/report';
import type { Verdict } from './verdict';

/** What the headline's difference means, as a sentence without its full stop. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  gain: 'The learned prompt is better than the baseline',
  loss: 'The learned prompt is worse than the baseline',
  none: 'No difference between the learned prompt and the baseline is shown',
};

/** What a row of the report is; empty for a hand-written template. */
export const KIND_WORDS: Readonly<Record<PromptKind, string>> = {
  template: '',
  ensemble: 'ensemble',
  learned: 'learned',
  method: 'no prompt',
};
