import { mergePairs } from './byte-pair-merge';

/**
 * Byte-pair encoding over characters, as Gemma's (tokenizers, models/bpe with byte_fallback and fuse_unk): what the vocabulary
 * lacks becomes its UTF-8 bytes `<0x…>`, or where these are missing too one `unknown` for all neighbours.
 * @returns text → ids
 */
export function byteFallbackPairs(
  ids: ReadonlyMap<string, number>,
  merges: readonly (readonly [string, string])[],
  unknown: string,
): (text: string) => number[] {
  // A table for each left side: most pairs that are asked for have none.
  const ranks = new Map<string, Map<string, number>>();
  for (const [rank, [left, right]] of merges.entries()) {
    const after = ranks.get(left) ?? new Map<string, number>();
    ranks.set(left, after);
    if (!after.has(right)) after.set(right, rank);
  }
  const symbolsOf = (character: string): readonly string[] => {
    if (ids.has(character)) return [character];
    const bytes = [...Buffer.from(character, 'utf8')].map(
      byte => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    );
    return bytes.every(byte => ids.has(byte)) ? bytes : [unknown];
  };
  return text => {
    const symbols = [...text].flatMap(symbolsOf);
    const fused = symbols.filter((symbol, at) => symbol !== unknown || symbols[at - 1] !== unknown);
    return mergePairs(fused, (left, right) => ranks.get(left)?.get(right)).flatMap(
      symbol => ids.get(symbol) ?? [],
    );
  };
}
