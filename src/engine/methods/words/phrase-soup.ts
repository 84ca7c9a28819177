import { EnsembleMean } from '../../measure/unit-features';
import { type Fit, isBetter } from './score-words';

/**
 * A descriptor soup (Liao et al., CVPR 2024, algorithm 1; reference: preprocess/get_greedy_descriptor_soup.py) of phrases:
 * from the best one on, each that makes the mean of the members' text features fit strictly better.
 * @param best phrases from the best to the worst, each scored alone
 * @param texts unit text features [classes, E] of phrases
 * @param members at most
 * @param width E
 */
export async function phraseSoup(
  best: readonly string[],
  members: number,
  width: number,
  texts: (phrases: readonly string[]) => Promise<readonly Float32Array[]>,
  fitOf: (texts: Float32Array) => Fit,
  atOnce: number,
): Promise<string[]> {
  const chosen: { readonly phrase: string; readonly texts: Float32Array }[] = [];
  let reached: Fit | null = null;
  for (let start = 0; start < best.length; start += atOnce) {
    const part = best.slice(start, start + atOnce);
    for (const [at, own] of (await texts(part)).entries()) {
      if (chosen.length === members) break;
      const mean = new EnsembleMean(width);
      for (const each of [...chosen.map(member => member.texts), own]) mean.add(each);
      const now = fitOf(mean.features());
      if (reached !== null && !isBetter(now, reached)) continue;
      reached = now;
      chosen.push({ phrase: part[at]!, texts: own });
    }
    if (chosen.length === members) break;
  }
  return chosen.map(({ phrase }) => phrase);
}
