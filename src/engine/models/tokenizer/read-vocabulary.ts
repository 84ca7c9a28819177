import { readBoundedFile } from '../../../files/disk/read-bounded-file';
import { invalidTokenizer } from './tokenizer-error';

/** CLIP's own files have 1 to 4 MB, Gemma's 34, XLM-V's about 60 (bounds memory, CWE-770). */
export const MAX_TOKENIZER_BYTES = 128 * 2 ** 20;
/** Any published vocabulary is smaller; an id is an index into a table (CWE-770). */
const MAX_ID = 1_000_000;
/** Tokens are looked for one beside the other in every text. */
export const MAX_ADDED = 10_000;

export function toIds(vocab: unknown, file: string): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [entry, id] of Object.entries(record(vocab, file, 'its vocabulary')))
    ids.set(entry, toId(id, entry, file));
  return ids;
}

export function toId(id: unknown, entry: string, file: string): number {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 && id <= MAX_ID) return id;
  throw invalidTokenizer(file, `the entry ${JSON.stringify(entry.slice(0, 40))} has no valid id`);
}

export function toMerges(list: readonly unknown[], file: string): [string, string][] {
  return list.map((merge, at): [string, string] => {
    const pair: readonly unknown[] =
      typeof merge === 'string' ? merge.trimEnd().split(' ') : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== 'string' || typeof right !== 'string')
      throw invalidTokenizer(file, `merge ${at} is not a pair`);
    return [left, right];
  });
}

export async function readJsonFile(file: string): Promise<unknown> {
  const bytes = await readBoundedFile(file, MAX_TOKENIZER_BYTES);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (thrown) {
    throw invalidTokenizer(file, 'it is not JSON', thrown);
  }
}

export function record(value: unknown, file: string, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw invalidTokenizer(file, `${what} is not an object`);
}
