import type { Report } from '../../src/shared/contracts/report';

export interface Pair {
  readonly label: number;
  readonly answer: number;
  /** Test images of the one class that the learned prompt and the baseline take for the other. */
  readonly learned: number;
  readonly baseline: number;
}

/** The pairs of classes that the learned prompt confuses most, at most `limit`. */
export function confusedPairs({ confusion }: Pick<Report, 'confusion'>, limit: number): Pair[] {
  const pairs: Pair[] = [];
  for (const [label, row] of confusion.learned.entries())
    for (const [answer, learned] of row.entries())
      if (learned > 0 && label !== answer)
        pairs.push({ label, answer, learned, baseline: confusion.baseline[label]?.[answer] ?? 0 });
  return pairs.sort((a, b) => b.learned - a.learned).slice(0, limit);
}

/** Indices of the classes, those with most errors of either prompt first. */
export function byErrors({ classes, confusion }: Pick<Report, 'classes' | 'confusion'>): number[] {
  const errors = classes.map(() => 0);
  for (const counts of [confusion.learned, confusion.baseline])
    for (const [r, row] of counts.entries())
      for (const [c, value] of row.entries()) {
        if (r === c) continue;
        errors[r]! += value;
        errors[c]! += value;
      }
  return classes.map((_, index) => index).sort((a, b) => errors[b]! - errors[a]!);
}
