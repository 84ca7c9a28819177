import * as v from 'valibot';
import { count, finite, type Immutable, share } from './stored';

/**
 * What makes a line believable that was chosen among many: all of one seed or one search; of the seed that is best on dev,
 * which Apply takes, those of all seeds.
 */
export const Selection = v.object({
  /** Lines that were scored on training or dev images before the last were left. */
  candidates: count,
  /** Lines that dev images chose between. */
  compared: count,
  dev: v.object({
    /** Of the chosen line against the baseline, −1…1: optimistic, since dev images chose it. */
    difference: finite,
    /** McNemar's exact p of it. */
    p: share,
    /** The same for the best of `compared` lines (Holm 1979; for the smallest p it is Bonferroni's). */
    adjustedP: share,
  }),
  /** Lines that nobody chose, on the same test images. */
  random: v.object({
    lines: count,
    mean: share,
    std: v.pipe(finite, v.minValue(0)),
    /** Share of them that is right at least as often as the chosen line. */
    atLeast: share,
  }),
});
export type Selection = Immutable<v.InferOutput<typeof Selection>>;
