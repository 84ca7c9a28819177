import { CoopError } from '../../shared/errors';
import { openaiText } from '../models/tokenizer/clip-text';

export interface NamedClass {
  readonly folder: string;
  readonly name: string;
}

export interface MatchedClasses {
  /** By label of the target: the label of the same class in the source. */
  readonly sourceOf: readonly number[];
  /** Labels of the source that the target has, ascending: the classes an answer about the target is one of. */
  readonly kept: readonly number[];
}

/**
 * The classes of a target set among those that a prompt was written or learned for: by name, as CLIP reads it. Of several
 * classes of one name (ImageNet has two missiles) the one in the same folder, else the next of them. The target may have
 * fewer classes.
 * @throws CoopError `classes.invalid` naming classes that the source does not have
 */
export function matchClasses(
  source: readonly NamedClass[],
  target: readonly NamedClass[],
  place: string,
): MatchedClasses {
  const labels = new Map<string, number[]>();
  for (const [label, { name }] of source.entries()) {
    const text = openaiText(name);
    labels.set(text, [...(labels.get(text) ?? []), label]);
  }
  const taken = new Set<number>();
  const unknown: string[] = [];
  const sourceOf = target.map(({ folder, name }) => {
    const same = labels.get(openaiText(name)) ?? [];
    const free = same.filter(label => !taken.has(label));
    const label = free.find(each => source[each]!.folder === folder) ?? free[0];
    if (label === undefined) unknown.push(name);
    else taken.add(label);
    return label ?? -1;
  });
  if (unknown.length > 0) {
    const named = unknown.slice(0, 5).map(name => `“${name}”`);
    const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : '';
    throw new CoopError(
      'classes.invalid',
      `${place} has ${unknown.length === 1 ? 'a class that is' : 'classes that are'} not among those of the document: ${named.join(', ')}${more}.`,
      {
        subject: place,
        next: 'Give the folders the document’s class names, or leave the others out.',
      },
    );
  }
  return { sourceOf, kept: [...taken].sort((a, b) => a - b) };
}
