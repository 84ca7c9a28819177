import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergePairs } from '../../../../src/engine/models/tokenizer/byte-pair-merge';

/** The loop of openai/CLIP's bpe(), one pass over the whole word per merge. */
function referenceMerge(symbols: readonly string[], ranks: ReadonlyMap<string, number>): string[] {
  let word = [...symbols];
  for (;;) {
    const pairs = word.slice(1).map((right, at) => `${word[at]} ${right}`);
    const best = pairs.reduce<string | undefined>((low, pair) => {
      const rank = ranks.get(pair);
      return rank !== undefined && (low === undefined || rank < ranks.get(low)!) ? pair : low;
    }, undefined);
    if (best === undefined) return word;
    const merged: string[] = [];
    for (let at = 0; at < word.length; at++) {
      if (pairs[at] === best) merged.push(word[at]! + word[++at]!);
      else merged.push(word[at]!);
    }
    word = merged;
  }
}

const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 });
const entry = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
  .map(parts => parts.join(''));
/** In any order, so that a merge may also give rise to a pair of lower rank. */
const merges = fc.array(fc.tuple(entry, entry), { maxLength: 60 });

describe('byte-pair merging', () => {
  it('merges as the reference loop does, whatever the order of the merges', () => {
    fc.assert(
      fc.property(letters, merges, (symbols, list) => {
        const ranks = new Map(list.map(([left, right], rank) => [`${left} ${right}`, rank]));
        const result = mergePairs(symbols, (left, right) => ranks.get(`${left} ${right}`));
        assert.deepEqual(result, referenceMerge(symbols, ranks));
      }),
      { numRuns: 2000 },
    );
  });

  it('asks for the rank of a pair a few times per symbol only', () => {
    const count = 20_000;
    const symbols = Array.from({ length: count }, (_, at) => 'abcdefgh'[(at * at + (at >> 4)) % 8]!);
    let asked = 0;
    const result = mergePairs(symbols, (left, right) => {
      asked++;
      return left.length + right.length <= 8 ? left.length * 100 + right.length * 10 : undefined;
    });
    assert.equal(result.join(''), symbols.join(''));
    assert.ok(asked < 12 * count, `${asked} for ${count} symbols`);
  });
});
