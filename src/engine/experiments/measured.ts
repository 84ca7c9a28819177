import { type Measurement, ZERO_SHOT } from '../../shared/contracts/experiment-results';
import { accuracyOf, deltaOf } from '../measure/compare-answers';
import { meanAndStd } from '../measure/over-seeds';
import type { Classifier } from '../methods/parts/method';
import type { PromptLine } from '../task/prompt-lines';
import type { Work } from '../task/work';
import type { Cell } from './cells';
import type { Place } from './place';

/** One way to answer. */
export interface Contender {
  readonly kind: Measurement['kind'];
  readonly series: string;
  /** The line itself, where the series has another name. */
  readonly layout?: string;
  /** Of each of its answers; null for what is not learned. */
  readonly seeds: readonly (number | null)[];
  /** One classifier a seed; null where it has no answer about a place. */
  readonly answers: (place: Place, work: Work) => Promise<readonly Classifier[] | null>;
}

interface ToMeasure {
  readonly cell: Cell;
  readonly baseline: PromptLine;
  readonly places: readonly Place[];
  readonly contenders: readonly Contender[];
  /** What else is known of them. */
  readonly of: Partial<Measurement>;
}

/** Measures contenders at every place, each against the hand-written baseline on the same images. */
export function measured({ cell, baseline, places, contenders, of }: ToMeasure) {
  return async (work: Work): Promise<Measurement[]> => {
    const measurements: Measurement[] = [];
    for (const place of places) {
      const images = await place.images(work);
      const { labels } = images;
      const { features } = await place.task.text(baseline, work);
      const base = place.answer(place.task.answer(images, features)).predictions;
      for (const { kind, series, layout, seeds, answers } of contenders) {
        const classifiers = await answers(place, work);
        if (classifiers === null) continue;
        const predictions = classifiers.map(each => place.answer(each.answer(images)).predictions);
        const values = predictions.map(each => accuracyOf(labels, [each]).value);
        measurements.push({
          dataset: cell.task.dataset,
          model: cell.task.model,
          target: place.name,
          kind,
          series,
          layout: layout ?? null,
          vectors: null,
          shots: 0,
          images: images.images.length,
          classes: place.classes,
          ofClasses: place.task.classes.names.length,
          seeds: values.map((accuracy, at) => ({ seed: seeds[at] ?? null, accuracy })),
          accuracy: accuracyOf(labels, predictions),
          ...(values.length === 1 ? {} : { std: meanAndStd(values).std }),
          delta: series === ZERO_SHOT ? null : deltaOf(labels, base, predictions),
          run: null,
          ...of,
        });
      }
    }
    return measurements;
  };
}
