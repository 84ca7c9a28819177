import type { Confidence } from '../contracts/confidence';

/** Shares of given answers that people ask to be right. */
const AIMS = [0.8, 0.9, 0.95, 0.99];

export interface AnswerAim {
  readonly aim: number;
  /** The lowest calibrated confidence from which on that share of the dev answers is right; null when none is. */
  readonly at: Confidence['thresholds'][number] | null;
}

/** Where “none of these” has to begin for what is answered to be right often enough: chosen on dev, not on test. */
export function answerAims({ thresholds }: Confidence): AnswerAim[] {
  return AIMS.map(aim => ({
    aim,
    at: thresholds.find(({ dev }) => dev.answered > 0 && dev.right >= aim * dev.answered) ?? null,
  }));
}
