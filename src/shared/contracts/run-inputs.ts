import * as v from 'valibot';
import { CoopError } from '../errors';
import { RunSpec } from './method-spec';
import { PRECISIONS } from './precision';
import { check, count, formatOf, type Immutable, parseJson, storedText, time } from './stored';

export const RUN_FORMAT = 1;

export const RefusedDevice = v.object({ device: v.string(), reason: v.string() });
export type RefusedDevice = Immutable<v.InferOutput<typeof RefusedDevice>>;

/** `run.json`: everything that decides the result, written once before the first step. */
export const RunInputs = v.object({
  format: v.literal(RUN_FORMAT),
  id: v.string(),
  /** A name a person can type; unique within one `.coop/contexts`. */
  name: v.string(),
  createdAt: time,
  version: v.string(),
  /**
   * The .prompts file the run was started from, and its text at that moment. The path is stored relative to `.coop`;
   * in memory it is absolute: where the document of this run lies now (files/runs/run-place.ts).
   */
  document: v.object({ path: v.string(), text: v.string() }),
  /** The line that is learned, e.g. `[V:16] {}.` (for a plain line: `[V:16] {}.` put in its place). */
  template: v.string(),
  /** The source line in the document that Apply replaces; its text, not its number, finds it again. */
  replaces: v.string(),
  /** The plain template that the report measures the gain against. */
  baseline: v.string(),
  recipe: RunSpec,
  /** False: other methods on the same shots do not stand beside the prompts in the report. */
  comparisons: v.exactOptional(v.boolean()),
  device: v.string(),
  /** Every better device, with the reason it was not chosen. */
  refused: v.exactOptional(v.array(RefusedDevice)),
  threads: count,
  /** How the model's weights are held; absent for float32. */
  precision: v.exactOptional(v.picklist(PRECISIONS)),
  hashes: v.object({
    /** sha256 over configuration, tokenizer and weights. */
    model: v.string(),
    /** sha256 over (class, file hash) of every image, in class order. */
    dataset: v.string(),
    /** sha256 over class names and columns, in class order. */
    classes: v.string(),
    /** sha256 over the side of the split of every image, in class order; absent in runs of version 0.1, as the next two. */
    parts: v.exactOptional(v.string()),
    /** How images are prepared, as one line. */
    preprocessing: v.exactOptional(v.string()),
    /** sha256 of the files of the learned contexts that template and baseline refer to, by name. */
    contexts: v.exactOptional(v.record(v.string(), v.string())),
  }),
  /** Title of the experiment that began it, which tells how it ended; absent for one that a person began. */
  experiment: v.exactOptional(v.string()),
  /** The command that repeats this run. */
  command: v.string(),
});
export type RunInputs = Immutable<v.InferOutput<typeof RunInputs>>;

/**
 * The text of `run.json`.
 * @param path names the file in messages
 * @throws CoopError `run.corrupt`
 */
export function parseInputs(text: string, path: string): RunInputs {
  const json = parseJson(text, path);
  const format = formatOf(json);
  if (typeof format === 'number' && format > RUN_FORMAT) {
    throw new CoopError('run.corrupt', `${path} was written by a newer version (run format ${format}).`, {
      subject: path,
      next: 'Update CoOp to open this run.',
    });
  }
  return check(RunInputs, json, path);
}

export function inputsText(inputs: RunInputs, path: string): string {
  return storedText(RunInputs, inputs, path, 2);
}
