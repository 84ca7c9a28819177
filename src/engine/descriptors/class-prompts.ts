import path from 'node:path';
import { renderTemplate } from '../../shared/template/layout-pieces';
import type { DescriptorSource } from '../../shared/template/syntax';
import { type ClassList, columnsOf } from '../prompt/class-list';
import { namesInWords, readDescriptors } from './read-descriptors';
import { vocabularyWords } from './vocabulary-words';
import { waffleDescriptors } from './waffle';
import { whichDescriptor } from './which-descriptor';

export interface ClassPrompts {
  /** By label: the prompts whose features are averaged. */
  readonly prompts: readonly (readonly string[])[];
  /** What of the file was not used, as a sentence; null where all was. */
  readonly note: string | null;
}

/**
 * The prompts of every class that an `@descriptors` or `@waffle` line stands for.
 * @param folder of the document
 * @throws CoopError as `readDescriptors`; `template.column` for a column of the template that the classes do not have
 */
export async function classPrompts(
  { kind, file, template, seed }: DescriptorSource,
  folder: string,
  classes: ClassList,
): Promise<ClassPrompts> {
  const { names } = classes;
  const { descriptors: own, unknown } = await readDescriptors(path.resolve(folder, file), names);
  const descriptors =
    kind === 'waffle'
      ? waffleDescriptors({ names, descriptors: own, words: await vocabularyWords(), seed })
      : own;
  const prompts = descriptors.map((list, label) => {
    if (template === null) return list;
    const columns = columnsOf(classes, label);
    return list.map(descriptor => {
      const all = new Map([
        ...columns,
        ['descriptor', descriptor],
        ['which_descriptor', whichDescriptor(descriptor)],
      ]);
      return renderTemplate(template, names[label]!, all);
    });
  });
  const note =
    unknown.length === 0
      ? null
      : `${path.basename(file)} has ${unknown.length} more ${unknown.length === 1 ? 'class' : 'classes'} than the document: ${namesInWords(unknown)}.`;
  return { prompts, note };
}
