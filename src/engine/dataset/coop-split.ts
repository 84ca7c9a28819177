import { readTextFile } from '../../files/disk/read-text-file';
import { CoopError } from '../../shared/errors';
import { insideRoot } from './inside-root';
import type { Part } from './split';

export interface CoopSplitEntry {
  /** Relative to the image folder, with forward slashes and without detours; never leaves it. */
  readonly path: string;
  readonly label: number;
  readonly part: Part;
}

export interface CoopSplit {
  /** Class names by label, as the training list gives them. */
  readonly classNames: readonly string[];
  /** train (pool), then val (dev), then test, each in the order of the file: the few-shot sampler depends on it. */
  readonly entries: readonly CoopSplitEntry[];
}

const PARTS: readonly (readonly [key: string, part: Part])[] = [
  ['train', 'pool'],
  ['val', 'dev'],
  ['test', 'test'],
];

/**
 * Reads a split file of CoOp, `split_zhou_NAME.json`: `{"train"|"val"|"test": [[path, label, class name], …]}`.
 * @param root absolute; the folder its paths start at
 * @throws CoopError `split.invalid` naming file, list and entry; `file.access`, `file.limit`
 */
export async function readCoopSplit(path: string, root: string): Promise<CoopSplit> {
  return parseCoopSplit(await readTextFile(path, 'split.invalid'), path, root);
}

/** As `readCoopSplit`, for text; `file` is what messages call it. */
export function parseCoopSplit(text: string, file: string, root: string): CoopSplit {
  const lists = parseLists(text, file);
  const entries = PARTS.flatMap(([key, part]) =>
    lists[key]!.map((raw, at) => readEntry(raw, part, `${file}: ${key}[${at}]`, { file, root })),
  );
  const classNames = namesByLabel(entries, file);
  return { classNames, entries: entries.map(({ path, label, part }) => ({ path, label, part })) };
}

type NamedEntry = CoopSplitEntry & { readonly name: string; readonly where: string };

function invalid(file: string, message: string, cause?: unknown): CoopError {
  return new CoopError('split.invalid', message, {
    subject: file,
    next: 'Expected is CoOp’s format: {"train": [["path", label, "class name"], …], "val": […], "test": […]}.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function parseLists(text: string, file: string): Record<string, readonly unknown[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (thrown) {
    throw invalid(
      file,
      `${file} is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      thrown,
    );
  }
  if (typeof parsed !== 'object' || parsed === null) throw invalid(file, `${file} holds no object.`);
  const lists = new Map<string, unknown>(Object.entries(parsed));
  return Object.fromEntries(
    PARTS.map(([key]) => {
      const list = lists.get(key);
      if (!Array.isArray(list)) throw invalid(file, `${file} has no list “${key}”.`);
      return [key, list as readonly unknown[]];
    }),
  );
}

function readEntry(
  raw: unknown,
  part: Part,
  where: string,
  { file, root }: { readonly file: string; readonly root: string },
): NamedEntry {
  if (!Array.isArray(raw) || raw.length !== 3)
    throw invalid(file, `${where} is not [path, label, class name].`);
  const [path, label, name] = raw as readonly unknown[];
  if (typeof path !== 'string' || path === '') throw invalid(file, `${where} has no path.`);
  if (typeof label !== 'number' || !Number.isSafeInteger(label) || label < 0) {
    throw invalid(
      file,
      `${where} (${path}) has the label ${JSON.stringify(label)}, not a whole number from 0.`,
    );
  }
  if (typeof name !== 'string' || name.trim() === '')
    throw invalid(file, `${where} (${path}) has no class name.`);
  const inside = insideRoot(root, path);
  if (inside === null) throw invalid(file, `${where}: the path ${path} leaves the image folder ${root}.`);
  return { path: inside, label, part, name, where };
}

/** CoOp takes names from the training list; a label without training images would shift all later ones. */
function namesByLabel(entries: readonly NamedEntry[], file: string): string[] {
  const names = new Map<number, string>();
  for (const { part, label, name, where } of entries) {
    if (part !== 'pool') continue;
    const known = names.get(label);
    if (known !== undefined && known !== name) {
      throw invalid(file, `${where} calls label ${label} “${name}”; before, it was “${known}”.`);
    }
    names.set(label, name);
  }
  if (names.size === 0) throw invalid(file, `${file} has an empty list “train”.`);
  for (const { label, where } of entries) {
    if (!names.has(label))
      throw invalid(file, `${where} has the label ${label}, which no training entry has.`);
  }
  return Array.from({ length: names.size }, (_, label) => {
    const name = names.get(label);
    if (name === undefined)
      throw invalid(file, `${file}: labels do not count from 0 on; label ${label} is missing.`);
    return name;
  });
}
