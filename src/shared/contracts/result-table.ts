import * as v from 'valibot';
import { finite, type Immutable, parseStored, storedText } from './stored';

/** Mean accuracy with its spread over seeds; low and high are the 95 % interval of one data set. Fractions. */
const Value = v.object({
  mean: finite,
  std: v.nullable(finite),
  interval: v.nullable(v.tuple([finite, finite])),
});
export type Value = Immutable<v.InferOutput<typeof Value>>;

/** `table.json` in an experiment's results: rows of ways to answer, columns of image sets. */
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

export const tableText = (table: ResultTable, file: string): string => storedText(ResultTable, table, file);

/** @throws CoopError `run.corrupt` */
export const parseTable = (text: string, file: string): ResultTable => parseStored(ResultTable, text, file);
