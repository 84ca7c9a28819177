import type { SuggestedEnsemble } from '../../shared/contracts/suggest';
import type { Template } from '../../shared/template/syntax';
import { correctShare } from '../measure/correct-share';
import { product } from '../measure/dense-product';
import { discordant } from '../measure/discordant';
import { type Contestant, forwardSelection } from '../measure/forward-selection';
import { mcnemarExact } from '../measure/mcnemar';
import { EnsembleMean, unitRows } from '../measure/unit-features';
import type { EncodedImages } from '../task/encoded-images';
import type { Task } from '../task/task';
import type { Work } from '../task/work';

/** Cosines of all templates are held together: 512 MB. */
const MAX_COSINES = 2 ** 27;
/** CLIP's authors ended with seven. */
const MOST_MEMBERS = 10;

/**
 * The templates whose average is best on dev images.
 * @param texts unit text features [classes, E] of each
 * @param base answers of the line that it would replace
 * @param maxCosines [templates, images, classes] held together; of more, images are left out evenly
 * @returns null where one alone is as good
 */
export async function suggestEnsemble(
  task: Task,
  templates: readonly Template[],
  texts: readonly Float32Array[],
  dev: EncodedImages,
  base: Int32Array,
  { signal, onProgress }: Work,
  maxCosines: number = MAX_COSINES,
): Promise<{ readonly ensemble: SuggestedEnsemble | null; readonly compared: number }> {
  const width = task.model.embedWidth;
  const classes = task.classes.names.length;
  const { features, labels } = someOf(dev, Math.floor(maxCosines / (templates.length * classes)), width);
  const units = Float64Array.from(unitRows(features, width));
  const contestants: Contestant[] = [];
  for (const own of texts) {
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    contestants.push({
      texts: own,
      cosines: Float32Array.from(product(units, Float64Array.from(own), width)),
    });
  }
  let round = 0;
  const { chosen, compared } = await forwardSelection(contestants, labels, width, MOST_MEMBERS, async () => {
    round += 1;
    onProgress?.({ message: 'Choosing an ensemble', done: round, total: MOST_MEMBERS, unit: 'templates' });
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  });
  if (chosen.length < 2) return { ensemble: null, compared };
  const mean = new EnsembleMean(width);
  for (const at of chosen) mean.add(texts[at]!);
  const { predictions } = task.answer(dev, mean.features());
  const { fixed, broken } = discordant(dev.labels, base, predictions);
  return {
    compared,
    ensemble: {
      lines: chosen.map(at => templates[at]!.line),
      accuracy: correctShare(predictions, dev.labels),
      difference: (fixed - broken) / dev.labels.length,
      p: mcnemarExact(broken, fixed),
      images: labels.length,
    },
  };
}

/** Images at even distances: they are sorted by class, so that each class keeps its share. */
function someOf({ features, labels }: EncodedImages, most: number, width: number) {
  if (labels.length <= most) return { features, labels };
  const chosen = Array.from({ length: most }, (_, i) => Math.floor(((i + 0.5) * labels.length) / most));
  const rows = new Float32Array(most * width);
  for (const [i, at] of chosen.entries())
    rows.set(features.subarray(at * width, (at + 1) * width), i * width);
  return { features: rows, labels: Int32Array.from(chosen, at => labels[at]!) };
}
