import * as v from 'valibot';
import { finite, type Immutable, parseStored, storedText } from './stored';

/** Mean accuracy with its spread over seeds; low and high are the 95 % interval of one data set. Fractions. */
const Value = v.object({
  mean: finite,
  std: v.nullable(finite),
  interval: v.nullable(v.tuple([finite, finite])),
});
export type Value = Immutable<v.InferOutput<typeof Value>>;

/** Rows of ways to answer, columns of image sets. */
const ResultTable = v.object({
  head: v.array(v.string()),
  columns: v.array(v.string()),
  rows: v.array(
    v.object({
      /** As many as `head` has. */
      labels: v.array(v.string()),
      /** As many as there are columns; null where nothing was measured. */
      values: v.array(v.nullable(Value)),
    }),
  ),
  /** By column: the row with the highest mean; −1 for none. */
  best: v.array(v.pipe(v.number(), v.safeInteger())),
});
export type ResultTable = Immutable<v.InferOutput<typeof ResultTable>>;

/** `table.json` in an experiment's results: the table, and which of the files in `figures` belong to it, in their order. */
const ShownResults = v.object({
  table: ResultTable,
  figures: v.array(v.pipe(v.string(), v.regex(/^[\w-]+\.svg$/, 'is no name of a figure'))),
  /** Figures that are asked for and that the grid has no axis for, a sentence each; absent for none. */
  undrawn: v.exactOptional(v.array(v.string())),
});
export type ShownResults = Immutable<v.InferOutput<typeof ShownResults>>;

export const shownResultsText = (shown: ShownResults, file: string): string =>
  storedText(ShownResults, shown, file);

/** @throws CoopError `run.corrupt` */
export const parseShownResults = (text: string, file: string): ShownResults =>
  parseStored(ShownResults, text, file);
