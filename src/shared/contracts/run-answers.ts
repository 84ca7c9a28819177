import * as v from 'valibot';
import { PromptKind } from './report';
import { check, count, type Immutable, parseJson, storedText } from './stored';

const images = v.array(v.string());

/** The head of `answers.safetensors` of a run: whose answers stand in its tensors, and about which images. */
export const AnswersHead = v.object({
  format: v.literal(1),
  classes: v.array(v.string()),
  /** Images each seed learned from; paths are relative to the report's `imagesFolder`. */
  train: v.array(v.object({ seed: count, images })),
  dev: images,
  test: images,
  /** As in the report's table, with a row for each seed of what was learned; null for what needs no seed. */
  rows: v.array(v.object({ kind: PromptKind, label: v.string(), seed: v.nullable(count) })),
  /** Classes an image whose probabilities are kept: all, or where they are too many the likeliest. */
  kept: count,
});
export type AnswersHead = Immutable<v.InferOutput<typeof AnswersHead>>;

/** @throws CoopError `run.corrupt` */
export function parseAnswersHead(text: string, path: string): AnswersHead {
  return check(AnswersHead, parseJson(text, path), path);
}

export function answersHeadText(head: AnswersHead, path: string): string {
  return storedText(AnswersHead, head, path);
}

/** What a row answers about the images of one part. */
export interface PartAnswers {
  /** [images] indices into `classes`. */
  readonly answers: readonly number[];
  /** [images][kept] */
  readonly probabilities: readonly (readonly number[])[];
  /** [images][kept] the classes of `probabilities`, likeliest first; absent where all are kept, in their order. */
  readonly likeliest?: readonly (readonly number[])[];
}

export interface PartImages {
  readonly paths: readonly string[];
  /** [images] indices into `classes`. */
  readonly labels: readonly number[];
}

/** Every answer of a run's report: image by image, row by row, seed by seed. */
export interface RunAnswers {
  readonly classes: readonly string[];
  readonly train: AnswersHead['train'];
  readonly dev: PartImages;
  readonly test: PartImages;
  readonly rows: readonly (AnswersHead['rows'][number] & {
    readonly dev: PartAnswers;
    readonly test: PartAnswers;
  })[];
}
