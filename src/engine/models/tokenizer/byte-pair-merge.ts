/** Room for a position below the rank in one heap key; both together stay exact in a float64. */
const POSITIONS = 2 ** 28;

/**
 * Byte-pair merging: the neighbouring pair of the lowest rank is merged wherever it stands, from the left, until no
 * pair has a rank (openai/CLIP, clip/simple_tokenizer.py, bpe). A heap over linked neighbours takes n·log n steps
 * for n symbols, so that a pasted blob without blanks costs no more than text of its length.
 * @param rankOf undefined for a pair that is never merged
 */
export function mergePairs(
  symbols: readonly string[],
  rankOf: (left: string, right: string) => number | undefined,
): string[] {
  const entries: (string | null)[] = [...symbols];
  const next = Int32Array.from(symbols, (_, at) => (at + 1 < symbols.length ? at + 1 : -1));
  const previous = Int32Array.from(symbols, (_, at) => at - 1);
  const heap = new MinHeap();
  const offer = (at: number) => {
    const after = at < 0 ? -1 : next[at]!;
    if (after < 0) return;
    const rank = rankOf(entries[at]!, entries[after]!);
    if (rank !== undefined) heap.push(rank * POSITIONS + at);
  };
  for (let at = 0; at < symbols.length; at++) offer(at);
  while (heap.size > 0) {
    const rank = Math.floor(heap.peek() / POSITIONS);
    const merged: number[] = [];
    // All places of one pair come first, even when a merge makes a neighbour of lower rank.
    while (heap.size > 0 && heap.peek() < (rank + 1) * POSITIONS) {
      const at = heap.pop() - rank * POSITIONS;
      const left = entries[at];
      const after = next[at]!;
      // A key is out of date when one of its two symbols has been merged since.
      if (left == null || after < 0 || rankOf(left, entries[after]!) !== rank) continue;
      entries[at] = left + entries[after]!;
      entries[after] = null;
      next[at] = next[after]!;
      if (next[at]! >= 0) previous[next[at]!] = at;
      merged.push(at);
    }
    for (const at of merged) {
      offer(previous[at]!);
      offer(at);
    }
  }
  return entries.filter(entry => entry !== null);
}

class MinHeap {
  private readonly keys: number[] = [];

  get size(): number {
    return this.keys.length;
  }

  peek(): number {
    return this.keys[0]!;
  }

  push(key: number): void {
    const { keys } = this;
    let at = keys.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  pop(): number {
    const { keys } = this;
    const top = keys[0]!;
    const key = keys.pop()!;
    const count = keys.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[at] = keys[child]!;
      at = child;
    }
    if (count > 0) keys[at] = key;
    return top;
  }
}
