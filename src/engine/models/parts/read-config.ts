import * as v from 'valibot';
import { readTextFile } from '../../../files/disk/read-text-file';
import { isNotFound, modelInvalid, modelMissing } from './model-error';

/** Far above every published model; sizes and counts become lengths of lists and tables (CWE-770). */
export const MAX_COUNT = 1_000_000;

/** A size or count of a configuration. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_COUNT));

/** The small number under a root; JSON can hold 1e999, which is infinite. */
export const epsilon = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const finite = v.pipe(v.number(), v.finite());
const divisor = v.pipe(finite, v.gtValue(0));

const three = (each: number): [number, number, number] => [each, each, each];

/** Three numbers, one per colour channel; one stands for all. */
export const channels = v.union([v.tuple([finite, finite, finite]), v.pipe(finite, v.transform(three))]);

/** Three numbers that are divided by, one per colour channel; one stands for all. */
export const divisors = v.union([v.tuple([divisor, divisor, divisor]), v.pipe(divisor, v.transform(three))]);

/**
 * Reads one JSON file of a model folder and checks it.
 * @throws CoopError `model.missing`; `model.invalid` naming the field; `file.access`
 */
export async function readConfig<Schema extends v.GenericSchema>(
  file: string,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const text = await readTextFile(file, 'model.invalid').catch((thrown: unknown) => {
    if (!isNotFound(thrown)) throw thrown;
    throw modelMissing(file, `${file} does not exist.`, 'Choose the folder that holds the model.', thrown);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw modelInvalid(file, `it is not JSON (${(thrown as Error).message})`, thrown);
  }
  const checked = v.safeParse(schema, json);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const field = v.getDotPath(issue) ?? 'the file';
  const problem =
    issue.received === 'undefined' ? `it has no ${field}` : `${field}: ${lowerFirst(issue.message)}`;
  throw modelInvalid(file, problem);
}

/** As `readConfig`; null when the file does not exist. */
export async function readConfigIfPresent<Schema extends v.GenericSchema>(
  file: string,
  schema: Schema,
): Promise<v.InferOutput<Schema> | null> {
  try {
    return await readConfig(file, schema);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'model.missing') return null;
    throw thrown;
  }
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
