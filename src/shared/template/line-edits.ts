import { parseTemplate } from './parse-template';
import { isPlain, type Template } from './syntax';

export interface LineEdit {
  readonly line: string;
  readonly source: 'insert' | 'replace' | 'drop';
}

/**
 * Every plain line that one edit makes of a plain line: a word put in, one taken out, one in the place of another. Slots and
 * punctuation stay.
 * @param words what is put in
 */
export function lineEdits({ line }: Template, words: readonly string[]): LineEdit[] {
  const end = /[.!?]$/.exec(line)?.[0] ?? '';
  const units = line.slice(0, line.length - end.length).split(' ');
  const edits: LineEdit[] = [];
  const known = new Set([line]);
  const add = (source: LineEdit['source'], changed: readonly string[]) => {
    const { template } = parseTemplate(changed.join(' ').trim() + end);
    if (template === null || !isPlain(template) || known.has(template.line)) return;
    known.add(template.line);
    edits.push({ line: template.line, source });
  };
  for (const [at, unit] of units.entries()) {
    const word = /^[\p{L}\p{N}'’-]+/u.exec(unit)?.[0];
    if (word === undefined) continue;
    const rest = unit.slice(word.length);
    // A comma after the word stays with the one before it.
    const before = units.slice(0, at);
    const last = before.at(-1);
    add('drop', [
      ...before.slice(0, -1),
      ...(last === undefined ? [] : [last + rest]),
      ...units.slice(at + 1),
    ]);
    for (const other of words) add('replace', units.with(at, other + rest));
  }
  for (let at = 0; at <= units.length; at++)
    for (const word of words) add('insert', [...units.slice(0, at), word, ...units.slice(at)]);
  return edits;
}

/** The words that stand in templates, each once, in their order. */
export function wordsOfTemplates(lines: readonly string[]): readonly string[] {
  const text = lines.map(line => line.replace(/\{[^}]*\}|\[[^\]]*\]|<[^>]*>/g, ' ')).join(' ');
  return [...new Set(text.match(/\p{L}[\p{L}-]*/gu) ?? [])];
}
