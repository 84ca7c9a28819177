import path from 'node:path';
import { repeatedKey } from '../../files/disk/duplicate-keys';
import { readTextFile } from '../../files/disk/read-text-file';
import { boundedValues } from '../../shared/contracts/bounded-values';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import { openaiText } from '../models/tokenizer/clip-text';

/** CuPL's fifty sentences for each of ImageNet's thousand classes are 5 MB. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_SENTENCES = 1_000_000;
/** Classes that a message names. */
const NAMED = 5;

export interface ClassDescriptors {
  /** By label. */
  readonly descriptors: readonly (readonly string[])[];
  /** Classes of the file that the document does not have. */
  readonly unknown: readonly string[];
}

/**
 * Descriptors of every class from a JSON object, class name → list of strings (as of CuPL and of Menon and Vondrick). Names
 * are compared as CLIP reads them, `_` as blank.
 * @param names of the document's classes
 * @throws CoopError `descriptors.invalid` for another shape, and naming the classes that have none; `file.access`, `file.limit`
 */
export async function readDescriptors(file: string, names: readonly string[]): Promise<ClassDescriptors> {
  const shown = path.basename(file);
  const text = await readTextFile(file, 'descriptors.invalid', MAX_BYTES);
  boundedValues(text, MAX_SENTENCES, shown);
  const listed = parse(text, shown);
  const byName = new Map<string, { readonly name: string; readonly list: readonly string[] }>();
  for (const [name, list] of listed) {
    const twin = byName.get(nameKey(name));
    if (twin !== undefined) throw invalid(shown, `“${twin.name}” and “${name}” are one class for CLIP`);
    byName.set(nameKey(name), { name, list });
  }
  const found = names.map(name => byName.get(nameKey(name)));
  const missing = names.filter((_, label) => (found[label]?.list.length ?? 0) === 0);
  if (missing.length > 0)
    throw new CoopError(
      'descriptors.invalid',
      `${shown} says nothing of ${missing.length === names.length ? 'any' : `${missing.length}`} of ${counted(names.length, 'class', 'classes')}: ${namesInWords(missing)}.`,
      { subject: shown, next: 'Add them to the file under the class names of the document.' },
    );
  const known = new Set(found);
  return {
    descriptors: found.map(each => each!.list),
    unknown: [...byName.values()].filter(each => !known.has(each)).map(({ name }) => name),
  };
}

/** The first few, and how many more. */
export function namesInWords(names: readonly string[]): string {
  const some = names.slice(0, NAMED).map(name => `“${name}”`);
  const rest = names.length - some.length;
  return rest > 0 ? `${some.join(', ')} and ${rest} more` : some.join(', ');
}

const nameKey = (name: string) => openaiText(name.replaceAll('_', ' '));

function parse(text: string, shown: string): [string, readonly string[]][] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(shown, `it is no JSON: ${(cause as Error).message}`, cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalid(shown, 'it is no object of class names');
  const twice = repeatedKey(text);
  if (twice !== undefined) throw invalid(shown, `“${twice}” stands twice in it`);
  return Object.entries(json).map(([name, list]) => {
    if (!Array.isArray(list) || !list.every(each => typeof each === 'string'))
      throw invalid(shown, `“${name}” has no list of texts`);
    return [name, list.map(each => each.trim()).filter(each => each !== '')];
  });
}

function invalid(shown: string, why: string, cause?: unknown): CoopError {
  return new CoopError('descriptors.invalid', `${shown} is no file of descriptors: ${why}.`, {
    subject: shown,
    next: 'It should read {"class name": ["a sentence", …], …}.',
    ...(cause === undefined ? {} : { cause }),
  });
}
