import * as v from 'valibot';
import { Delta, PromptKind, Proportion } from './report';
import { count, finite, type Immutable, parseStored, share, storedText } from './stored';

/** The series of each data set's hand-written baseline, whatever its words: its `layout` has them. */
export const ZERO_SHOT = 'zero-shot';

/** What one way to answer reached on one set of images: a point of a figure, a cell of a table. */
export const Measurement = v.object({
  dataset: v.string(),
  model: v.string(),
  /** Null for the data set's own test images. */
  target: v.nullable(v.string()),
  kind: PromptKind,
  /** What tables and figures call it: a hand-written line, the name of a layout, a method's title. */
  series: v.string(),
  layout: v.nullable(v.string()),
  /** Learned vectors before or around a class name; null for what has none. */
  vectors: v.nullable(count),
  /** Images a class; 0 for what is not learned. */
  shots: count,
  images: count,
  classes: count,
  ofClasses: count,
  /** Of each seed; of what is not learned one, without a seed. */
  seeds: v.array(v.object({ seed: v.nullable(count), accuracy: share })),
  /** Of all seeds taken together. */
  accuracy: Proportion,
  /** Sample standard deviation over seeds; absent for one. */
  std: v.exactOptional(finite),
  /** Against the data set's hand-written baseline on the same images; null for that itself. */
  delta: v.nullable(Delta),
  /** Id of the run it comes from. */
  run: v.nullable(v.string()),
});
export type Measurement = Immutable<v.InferOutput<typeof Measurement>>;

/** `cells/KEY.json` in the folder of an experiment: what was measured once. */
export const CellResult = v.object({
  format: v.literal(1),
  /** What was measured, for a person. */
  title: v.string(),
  seconds: finite,
  measurements: v.array(Measurement),
  /** What a reader needs to know of them, as sentences. */
  notes: v.array(v.string()),
});
export type CellResult = Immutable<v.InferOutput<typeof CellResult>>;

export const cellText = (result: CellResult, file: string): string => storedText(CellResult, result, file, 1);

/** @throws CoopError `run.corrupt` */
export const parseCell = (text: string, file: string): CellResult => parseStored(CellResult, text, file);
