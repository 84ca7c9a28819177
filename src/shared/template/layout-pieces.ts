import { CoopError } from '../errors';
import type { Segment, Template } from './syntax';

export type SlotSegment = Extract<Segment, { readonly kind: 'learnable' | 'words' | 'learned' }>;

/** One class's prompt before tokenisation. */
export interface LayoutPieces {
  /** The whole text without its slots; tokenised once. */
  readonly text: string;
  /** In order; a slot goes after as many tokens as `textBefore` has. */
  readonly slots: readonly { readonly segment: SlotSegment; readonly textBefore: string }[];
}

/**
 * The token layout rule: each slot is taken out together with one adjacent blank. So `[V:16] {}.` is tokenised as
 * CoOp's prompt is, merges at the class name's end included (reference: trainers/coop.py, PromptLearner).
 * @param className with `_` already turned into blanks
 * @param columns values of the classes file for this class
 * @throws CoopError `template.column` for an unknown column or an empty cell
 */
export function layoutPieces(
  template: Template,
  className: string,
  columns: ReadonlyMap<string, string>,
): LayoutPieces {
  let text = '';
  const slots: { segment: SlotSegment; textBefore: string }[] = [];
  let swallowBlank = false;
  for (const segment of template.segments) {
    if (segment.kind === 'learnable' || segment.kind === 'words' || segment.kind === 'learned') {
      // The blank before the slot goes, else the one after it: the words around stay one blank apart.
      const blankBefore = text.endsWith(' ');
      if (blankBefore) text = text.slice(0, -1);
      slots.push({ segment, textBefore: text });
      swallowBlank = !blankBefore;
      continue;
    }
    let piece = pieceText(segment, className, columns);
    if (swallowBlank && piece.startsWith(' ')) piece = piece.slice(1);
    if (piece !== '') swallowBlank = false;
    text += piece;
  }
  return { text, slots };
}

/** A plain template as a person reads it, learned contexts shown as `<name>`. */
export function renderTemplate(
  template: Template,
  className: string,
  columns: ReadonlyMap<string, string>,
): string {
  return template.segments
    .map(segment => {
      if (segment.kind === 'learned') return `<${segment.name}>`;
      if (segment.kind === 'learnable') return '[V]';
      if (segment.kind === 'words') return '[words]';
      return pieceText(segment, className, columns);
    })
    .join('');
}

function pieceText(
  segment: Exclude<Segment, SlotSegment>,
  className: string,
  columns: ReadonlyMap<string, string>,
): string {
  if (segment.kind === 'text') return segment.text;
  if (segment.kind === 'class') return className;
  const value = columns.get(segment.name);
  if (value === undefined) {
    const known = [...columns.keys()];
    throw new CoopError('template.column', `There is no column “${segment.name}” in the classes file.`, {
      subject: segment.name,
      next:
        known.length === 0
          ? 'Name a CSV file after @classes that has this column.'
          : `Its columns are ${known.join(', ')}.`,
    });
  }
  if (value.trim() === '') {
    throw new CoopError(
      'template.column',
      `The column “${segment.name}” is empty for the class “${className}”.`,
      {
        subject: segment.name,
        next: 'Fill the cell in the classes file.',
      },
    );
  }
  return value;
}
