import type { VagueName } from '../../shared/contracts/scan';
import { openaiText } from '../models/tokenizer/clip-text';
import { IMAGENET_NAMES } from './imagenet-names';

/** Why a class name, as it stands in prompts, says nothing to CLIP; null for one that may. */
export function vagueReason(name: string): string | null {
  if (/^\d+$/.test(name)) return 'a number';
  if (/^n\d{8}$/i.test(name)) return 'a WordNet id';
  if (/^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]$/u.test(name)) return 'a single letter';
  if (/^(class|label|category|cat|group|type|folder|cluster)[ _-]?\d+$/i.test(name))
    return 'a numbered placeholder';
  if (/^(untitled|new folder|unknown|misc|none|null|other|others|test|temp|tmp)( ?\(?\d*\)?)?$/i.test(name))
    return 'a placeholder';
  if (/^[0-9a-f]{8,}$/i.test(name) || /^[^\p{L}]+$/u.test(name)) return 'no word';
  return null;
}

/** How names are written in which the words are there, but not as a prompt would write them. */
interface Habit {
  readonly reason: string;
  /** The name without it; null where the name is not written so. */
  readonly undo: (name: string) => string | null;
  /** What must differ between such names, so that it can be left out; absent: nothing. */
  readonly distinct?: (name: string) => string;
  /** The least share of all names that are written so; a single one may mean it ("7 eleven", "MacBook"). */
  readonly share: number;
}

const HABITS: readonly Habit[] = [
  {
    reason: 'a WordNet id before the name',
    undo: name => /^n\d{8}[\s._-]+(?=.*\p{L})(.+)$/iu.exec(name)?.[1] ?? null,
    share: 0,
  },
  {
    reason: 'a WordNet id',
    undo: name => IMAGENET_NAMES.get(name.toLowerCase()) ?? null,
    share: 0,
  },
  {
    reason: 'a number before the name',
    undo: name => /^\d+[\s._)-]+(\p{L}.*)$/u.exec(name)?.[1] ?? null,
    distinct: name => /^\d+/.exec(name)![0],
    share: 0.5,
  },
  {
    reason: 'words written together',
    undo: name =>
      /^\p{L}\p{Ll}+(?:\p{Lu}\p{Ll}+)+\d*$/u.test(name) ? name.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ') : null,
    share: 0.2,
  },
  {
    reason: 'plus signs for blanks',
    undo: name => (/\p{L}\+\p{L}/u.test(name) ? name.replaceAll('+', ' ') : null),
    share: 0,
  },
];

/**
 * The classes whose names say nothing, or not what they mean, to CLIP; with what a name probably means where it can be
 * read from it. Names that would then be another class's too are not proposed. Nothing is renamed.
 */
export function vagueNames(
  classes: readonly { readonly folder: string; readonly name: string }[],
): VagueName[] {
  const probable = probableNames(classes.map(({ name }) => name));
  return classes.flatMap(({ folder, name }, label) => {
    const { reason = vagueReason(name), probably } = probable[label]!;
    if (reason === null) return [];
    return [{ folder, name, reason, ...(probably === undefined ? {} : { probably }) }];
  });
}

interface Probable {
  readonly reason?: string;
  readonly probably?: string;
}

function probableNames(names: readonly string[]): Probable[] {
  let found = names.map((name): { readonly name: string; readonly reason?: string } => ({ name }));
  for (const { reason, undo, distinct, share } of HABITS) {
    const undone = found.map(({ name }) => undo(name));
    const written = names.filter((_, at) => undone[at] !== null);
    const apart = distinct === undefined || new Set(written.map(distinct)).size === written.length;
    if (written.length < Math.max(1, share * names.length) || (share > 0 && written.length < 2) || !apart)
      continue;
    found = found.map((each, at) => {
      const name = undone[at];
      return name == null ? each : { name: name.trim(), reason: each.reason ?? reason };
    });
  }
  if (found.every(({ reason }) => reason === undefined)) return found.map(() => ({}));
  const texts = new Map<string, number>();
  for (const { name } of found) {
    const text = openaiText(name);
    texts.set(text, (texts.get(text) ?? 0) + 1);
  }
  return found.map(({ name, reason }) => {
    if (reason === undefined) return {};
    const telling = vagueReason(name) === null && texts.get(openaiText(name)) === 1;
    return telling ? { reason, probably: name } : { reason };
  });
}
