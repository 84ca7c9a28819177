import { linesOfAnswer, questionFor, type ScoredLine } from './question';

/** Rounds of the authors. */
export const ROUNDS = 10;

export interface Asking<Line extends ScoredLine> {
  /** A language model's answer. */
  readonly ask: (question: string) => Promise<string>;
  /** Accuracies on dev images, of the lines in any order. */
  readonly score: (lines: readonly string[]) => Promise<readonly Line[]>;
  /** Told after each round what it brought. @returns false to end */
  readonly onRound: (round: number, found: readonly Line[]) => boolean;
}

/**
 * A language model as optimiser (Liu et al., Language Models as Black-Box Optimizers for Vision-Language Models, CVPR 2024):
 * it sees the best and the worst templates so far and proposes others, which are scored here, round after round.
 * @param known templates that are scored already
 * @returns all lines that it proposed, as scored
 */
export async function improveLines<Line extends ScoredLine>(
  known: readonly ScoredLine[],
  { ask, score, onRound }: Asking<Line>,
  rounds: number = ROUNDS,
): Promise<Line[]> {
  const all: Line[] = [];
  for (let round = 1; round <= rounds; round++) {
    const sorted = [...known, ...all].sort((a, b) => b.accuracy - a.accuracy);
    const answer = await ask(questionFor(sorted));
    const fresh = linesOfAnswer(answer, new Set(sorted.map(({ line }) => line)));
    const found = fresh.length === 0 ? [] : await score(fresh);
    all.push(...found);
    if (!onRound(round, found)) break;
  }
  return all;
}
