import assert from 'node:assert/strict';
import { phraseSoup } from '../../../../src/engine/methods/words/phrase-soup';
import type { Fit } from '../../../../src/engine/methods/words/score-words';
import { ranked, wordChain } from '../../../../src/engine/methods/words/word-chains';

/** A word is worth its number; a chain the sum, less a tenth of it for every further word. */
const worth = (chain: string) =>
  chain.split(' ').reduce((sum, word, at) => sum + Number(word.slice(1)) * 0.9 ** at, 0);
const fits = (chains: readonly string[]): Fit[] =>
  chains.map(chain => ({ accuracy: Math.min(1, worth(chain) / 1000), loss: 1 / (1 + worth(chain)) }));

describe('word chains', () => {
  const words = Array.from({ length: 300 }, (_, at) => `w${at - 100}`);
  const limits = { length: 10, first: 20, pool: 120, tries: 80 };

  it('ranks by right answers, then by loss, then as listed', () => {
    const order = ranked(
      ['a', 'b', 'c', 'd'],
      [
        { accuracy: 0.5, loss: 1 },
        { accuracy: 0.7, loss: 2 },
        { accuracy: 0.7, loss: 1 },
        { accuracy: 0.5, loss: 1 },
      ],
    );
    assert.deepEqual(order, ['c', 'b', 'a', 'd']);
  });

  it('appends a word only where that is strictly better, one pass over the tries, whatever is scored together', async () => {
    const best = ranked(words, fits(words));
    const chains: string[][] = [];
    for (const atOnce of [1, 7, 80]) {
      const seen: string[] = [];
      const score = async (asked: readonly string[]) => {
        seen.push(...asked);
        return fits(asked);
      };
      chains.push(await wordChain(best, 5n, limits, score, atOnce));
      if (atOnce !== 1) continue;
      assert.ok(seen.length <= 1 + limits.tries);
      assert.equal(new Set(seen.map(chain => chain.split(' ').at(-1))).size >= seen.length - 1, true);
    }
    assert.deepEqual(chains[1], chains[0]);
    assert.deepEqual(chains[2], chains[0]);
    const [chain] = chains;
    assert.ok(best.slice(0, limits.first).includes(chain![0]!));
    for (const [at, longer] of chain!.entries()) {
      if (at === 0) continue;
      assert.ok(longer.startsWith(`${chain![at - 1]} `));
      assert.ok(worth(longer) > worth(chain![at - 1]!));
      assert.ok(best.slice(0, limits.pool).includes(longer.split(' ').at(-1)!));
    }
    assert.ok(chain!.length > 1 && chain!.length <= limits.length);
  });

  it('never begins longer than the slot, and draws other words with another seed', async () => {
    const best = ranked(words, fits(words));
    const score = async (asked: readonly string[]) => fits(asked);
    const one = await wordChain(best, 1n, { ...limits, length: 1 }, score, 8);
    assert.equal(one.length, 1);
    const drawn = new Set<string>();
    for (const seed of [1n, 2n, 3n, 4n]) drawn.add((await wordChain(best, seed, limits, score, 8)).at(-1)!);
    assert.ok(drawn.size > 1);
  });

  it('a soup of phrases takes what makes the mean better, and stops at its number of members', async () => {
    // Unit vectors around a target: a phrase helps when it turns the mean towards it.
    const texts: Record<string, readonly [number, number]> = {
      up: [0.6, 0.8],
      again: [0.6, 0.8],
      down: [0.6, -0.8],
      far: [-1, 0],
    };
    const of = async (phrases: readonly string[]) => phrases.map(phrase => Float32Array.from(texts[phrase]!));
    const fit = (mean: Float32Array): Fit => ({ accuracy: 0, loss: 1 - mean[0]! });
    assert.deepEqual(await phraseSoup(['up', 'again', 'down', 'far'], 8, 2, of, fit, 3), ['up', 'down']);
    assert.deepEqual(await phraseSoup(['up', 'again', 'down', 'far'], 1, 2, of, fit, 3), ['up']);
  });
});
