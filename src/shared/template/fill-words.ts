import { formatSegment } from './format-template';
import { parseTemplate } from './parse-template';
import type { Segment, Template } from './syntax';

export type WordsSlot = Extract<Segment, { readonly kind: 'words' }>;

/** The slot for real words of a template; undefined where it has none. */
export function wordsSlotOf({ segments }: Template): WordsSlot | undefined {
  return segments.find((segment): segment is WordsSlot => segment.kind === 'words');
}

/**
 * The plain template whose `[words:N]` gives way to words. None takes the slot out with one adjacent blank, as the token
 * layout rule does.
 * @param words text with blanks between words, as it stands in a prompt
 */
export function filledTemplate({ segments }: Template, words: string): Template {
  let line = '';
  let swallowBlank = false;
  for (const segment of segments) {
    if (segment.kind === 'words') {
      if (words === '' && line.endsWith(' ')) line = line.slice(0, -1);
      else swallowBlank = words === '';
      line += words === '' ? '' : formatSegment({ kind: 'text', text: words, span: segment.span });
      continue;
    }
    const piece = formatSegment(segment);
    line += swallowBlank && piece.startsWith(' ') ? piece.slice(1) : piece;
    swallowBlank = false;
  }
  const { template } = parseTemplate(line.replace(/^[#@)]/u, '\\$&'));
  if (template === null) throw new Error(`“${line}” is no template`);
  return template;
}
