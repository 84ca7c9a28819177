import type { TextTables } from '../../models/parts/clip-model';
import type { TemplateRows } from '../../prompt/template-rows';
import { pythonRandom } from '../../random/mersenne-twister';
import { INITIAL_STD, normalVectors } from '../../random/normal-vectors';
import { numberVectors } from './learn-problem';

/**
 * The vectors a run starts from: [vectors, d], N(0, 0.02²) from the seed, or the token embeddings of the slot's initial
 * words (CoOp trainers/coop.py, PromptLearner).
 */
export function initialContext(
  template: TemplateRows,
  classes: number,
  { width, tokens }: TextTables,
  seed: number,
): Float32Array {
  const numbering = numberVectors(template, classes);
  const context = normalVectors(numbering.vectors * width, INITIAL_STD, pythonRandom(seed));
  for (const [slot, { init }] of template.slots.entries()) {
    const place = numbering.slots[slot];
    if (init === null || place == null) continue;
    for (let vector = 0; vector < place.count; vector++) {
      const id = init[vector % init.length]!;
      context.set(tokens.subarray(id * width, (id + 1) * width), (place.first + vector) * width);
    }
  }
  return context;
}
