import type { Selection } from '../contracts/selection';
import { count, counted } from './count';
import { pValue } from './p-value';
import { percent, percentSpread } from './percent';
import { points } from './points';

/**
 * How far a line is to be believed that was chosen among many, as sentences.
 * @param test difference of the same line on test images, −1…1
 */
export function selectionNotes({ candidates, compared, dev, random }: Selection, test: number): string[] {
  return [
    `${counted(candidates, 'candidate')} tried; the best of ${count(compared)} was chosen on dev images: ${points(dev.difference)} there (${pValue(dev.p)}, corrected for having chosen the best of ${count(compared)} by Holm’s method ${pValue(dev.adjustedP)}). On test images, which chose nothing, it is ${points(test)}: that difference, its interval and its p need no correction.`,
    `A line made of random candidates: ${percentSpread(random.mean, random.std)} on test (mean of ${count(random.lines)}; ±: standard deviation over lines); ${percent(random.atLeast)} of them do as well as the chosen one.`,
  ];
}
