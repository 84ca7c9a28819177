import * as v from 'valibot';
import { CoopError } from '../errors';

/**
 * What the schemas of all stored files share. A file is written and read through one schema: a field that this version
 * does not know is dropped on reading, so newer writers can add some, and cannot be written by mistake.
 */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const finite = v.pipe(v.number(), v.finite());
const ROUNDING = 1e-9;
/** A fraction, 0…1, give or take the rounding of a mean. */
export const share = v.pipe(v.number(), v.minValue(-ROUNDING), v.maxValue(1 + ROUNDING));
export const time = v.pipe(
  v.string(),
  v.check(text => Number.isFinite(Date.parse(text)), 'is not a time'),
);

/**
 * A value as the text of its file.
 * @throws CoopError `internal` when it is not what the schema reads
 */
export function storedText<const S extends v.GenericSchema>(
  schema: S,
  value: Immutable<v.InferOutput<S>>,
  path: string,
  indent?: number,
): string {
  const result = v.safeParse(schema, value);
  if (result.success) return `${JSON.stringify(result.output, undefined, indent)}\n`;
  throw new CoopError('internal', `${path} cannot be written: ${issueIn(result.issues[0])}.`, {
    subject: path,
  });
}

/**
 * The text of a file as its value.
 * @param path names the file in messages
 * @throws CoopError `run.corrupt`
 */
export function parseStored<const S extends v.GenericSchema>(
  schema: S,
  text: string,
  path: string,
): v.InferOutput<S> {
  return check(schema, parseJson(text, path), path);
}

/** @throws CoopError `run.corrupt` */
export function check<const S extends v.GenericSchema>(
  schema: S,
  json: unknown,
  path: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  throw corrupt(path, issueIn(result.issues[0]));
}

/** @throws CoopError `run.corrupt` */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw corrupt(path, 'it is not JSON', thrown);
  }
}

/** The `format` of a file's JSON, or null. */
export function formatOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'format' in json ? json.format : null;
}

function issueIn(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue);
  return `${field === null ? 'its content' : `the field ${field}`}: ${issue.message}`;
}

function corrupt(path: string, cause: string, thrown?: unknown): CoopError {
  return new CoopError('run.corrupt', `${path} is damaged: ${cause}.`, {
    subject: path,
    next: 'Delete the run’s folder, or restore the file from a copy.',
    ...(thrown === undefined ? {} : { cause: thrown }),
  });
}
