import type { RunInputs } from '../contracts/run-inputs';
import { CoopError } from '../errors';
import { linesOf, parsePrompts } from './parse-prompts';

/** What Apply does to a document's text. */
export interface LearnedLineEdit {
  /** UTF-16 offsets of the text that gives way; the same for one that is put in. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The learned line itself. */
  readonly line: string;
  /** The line that gives way; null when the learned line is put in, or stands there already. */
  readonly replaces: string | null;
}

/**
 * The learned line takes the place of the one it was learned for. A line that was never in the document, such as one of
 * `coop learn --line`, gives nothing way: the learned one is put in after the last template. Where the learned line stands
 * already, nothing is to be done.
 * @param text the document as it is now
 * @param line the learned one
 * @throws CoopError `template.syntax` when the line was in the document and is not any more
 */
export function learnedLineEdit(
  text: string,
  { document, replaces }: Pick<RunInputs, 'document' | 'replaces'>,
  line: string,
): LearnedLineEdit {
  const lines = linesOf(text);
  const place = lines.find(each => each.line.trim() === replaces);
  if (place !== undefined) {
    const start = place.start + place.line.indexOf(replaces);
    return { start, end: start + replaces.length, text: line, line, replaces };
  }
  const nothing = { start: 0, end: 0, text: '', line, replaces: null };
  if (lines.some(each => each.line.trim() === line)) return nothing;
  if (linesOf(document.text).some(each => each.line.trim() === replaces))
    throw new CoopError('template.syntax', `The line “${replaces}” is no longer in ${document.path}.`, {
      subject: document.path,
      next: `Put it back and apply again, or write “${line}” yourself.`,
    });
  const lineEnd = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  const last = parsePrompts(text).templates.at(-1);
  if (last === undefined) {
    const apart = text === '' || /[\r\n]$/.test(text) ? '' : lineEnd;
    return { ...nothing, start: text.length, end: text.length, text: `${apart}${line}${lineEnd}` };
  }
  const after = lines.find(each => each.start + each.line.length >= last.span.end)!;
  const end = after.start + after.line.length;
  return { ...nothing, start: end, end, text: lineEnd + line };
}
