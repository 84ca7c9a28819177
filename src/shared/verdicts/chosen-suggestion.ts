import type { SuggestResult } from '../contracts/suggest';

/** What is best on dev images: a line, or several averaged; null where the line is best as it is. */
export function chosenSuggestion({
  suggestions: [first],
  ensemble,
}: {
  /** The best first. */
  readonly suggestions: readonly Pick<SuggestResult['suggestions'][number], 'line' | 'difference'>[];
  readonly ensemble: SuggestResult['ensemble'];
}): readonly string[] | null {
  if (ensemble !== null && ensemble.difference > Math.max(0, first?.difference ?? 0)) return ensemble.lines;
  return first === undefined || first.difference <= 0 ? null : [first.line];
}
