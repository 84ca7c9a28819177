/**
 * p-values adjusted for a family of tests (Holm, A simple sequentially rejective multiple test procedure, Scand. J. Stat.
 * 1979): an adjusted p below α keeps the chance of any false finding in the family below α, however the tests depend on one
 * another.
 * @returns in the order given
 */
export function holm(ps: readonly number[]): number[] {
  const order = [...ps.keys()].sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = [...ps];
  let reached = 0;
  for (const [rank, at] of order.entries()) {
    reached = Math.max(reached, Math.min(1, (ps.length - rank) * ps[at]!));
    adjusted[at] = reached;
  }
  return adjusted;
}
