import { filledTemplate } from '../../../shared/template/fill-words';
import type { Template } from '../../../shared/template/syntax';
import { correctShare } from '../../measure/correct-share';
import { fromLogits } from '../../measure/from-logits';
import { negativeLogLikelihood } from '../../measure/temperature';
import type { EncodedImages } from '../../task/encoded-images';
import { manyTexts, templatesAtOnce } from '../../task/many-texts';
import type { Task } from '../../task/task';
import type { Work } from '../../task/work';

/** How well a line answers about labelled images. */
export interface Fit {
  readonly accuracy: number;
  /** Mean cross-entropy of a softmax over the classes, also where the model answers with sigmoids: a bias cancels. */
  readonly loss: number;
}

/** The better line: more right answers, of as many the lower loss. */
export function isBetter(a: Fit, b: Fit): boolean {
  return a.accuracy > b.accuracy || (a.accuracy === b.accuracy && a.loss < b.loss);
}

export type LabelledImages = Pick<EncodedImages, 'features' | 'labels'>;

/** Fits of one template with many words in its slot, on the same images. */
export class WordScores {
  /** Candidates that are scored together. */
  readonly atOnce: number;
  private readonly classesFirst: boolean;

  constructor(
    private readonly task: Task,
    private readonly template: Template,
  ) {
    this.atOnce = templatesAtOnce(task);
    const kinds = template.segments.map(({ kind }) => kind);
    this.classesFirst = kinds.indexOf('class') < kinds.indexOf('words');
  }

  /**
   * @param candidates what stands in the slot
   * @param onDone given the fits so far
   * @throws as `Task.rows` and `Task.encodeRows`
   */
  async of(
    candidates: readonly string[],
    images: LabelledImages,
    { signal }: Pick<Work, 'signal'>,
    onDone: (fits: readonly Fit[]) => Promise<void> | void = () => undefined,
  ): Promise<Fit[]> {
    const fits: Fit[] = [];
    for (let start = 0; start < candidates.length; start += this.atOnce) {
      signal?.throwIfAborted();
      const part = candidates.slice(start, start + this.atOnce);
      for (const texts of await this.texts(part, signal)) fits.push(this.fit(texts, images));
      await onDone(fits);
    }
    return fits;
  }

  /** Unit text features [classes, E] of each candidate. */
  texts(candidates: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const templates = candidates.map(words => filledTemplate(this.template, words));
    return manyTexts(this.task, templates, this.classesFirst, signal);
  }

  /** Of [classes, E] unit text features. */
  fit(texts: Float32Array, images: LabelledImages): Fit {
    const logits = this.task.model.similarity.logits(images.features, texts);
    const { predictions, probabilities } = fromLogits(logits, texts.length / this.task.model.embedWidth);
    // As a checkpoint keeps them, so that a resumed search meets the same ties.
    return {
      accuracy: Math.fround(correctShare(predictions, images.labels)),
      loss:
        images.labels.length === 0 ? 0 : Math.fround(negativeLogLikelihood({ probabilities }, images.labels)),
    };
  }
}
