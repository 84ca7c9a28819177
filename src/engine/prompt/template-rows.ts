import { CoopError } from '../../shared/errors';
import { layoutPieces, type SlotSegment } from '../../shared/template/layout-pieces';
import type { Template } from '../../shared/template/syntax';
import { type ClassList, columnsOf } from './class-list';
import type { PromptRows, RowKey } from './prompt-rows';
import type { Tokenizer } from './tokenizer';

/** One slot of a template, numbered as the rows number it. */
export interface Slot {
  readonly kind: SlotSegment['kind'];
  /** M: vectors per class, or of all classes together. */
  readonly length: number;
  readonly perClass: boolean;
  /** Token ids of the words it is initialised from; null for random vectors. */
  readonly init: readonly number[] | null;
  /** The learned context it refers to; null for a slot that is to be learned. */
  readonly context: { readonly name: string; readonly slot: number } | null;
}

export interface TemplateRows {
  /** One per class, from its first token to its end token. */
  readonly rows: readonly PromptRows[];
  readonly slots: readonly Slot[];
}

export interface RowOptions {
  /** T of the text tower. */
  readonly contextLength: number;
  /** What the learned context `<name.slot>` holds. */
  readonly learned?: (name: string, slot: number) => { readonly length: number; readonly perClass: boolean };
  /**
   * As CoOp does with initial words that are several tokens each: as many vectors as words, taken from the first
   * tokens; the other tokens stay as fixed text after them (trainers/coop.py, PromptLearner). Off: M counts tokens.
   */
  readonly referenceInit?: boolean;
}

/**
 * Rows of every class's prompt: the text without slots is tokenised once, and a slot goes after as many tokens as the
 * text before it has (see layoutPieces).
 * @throws CoopError `template.tooLong` naming the class, `template.column`
 */
export function templateRows(
  template: Template,
  classes: ClassList,
  tokenizer: Tokenizer,
  options: RowOptions,
): TemplateRows {
  const segments = template.segments.filter(
    (segment): segment is SlotSegment =>
      segment.kind === 'learnable' || segment.kind === 'words' || segment.kind === 'learned',
  );
  const slots = segments.map(segment => slotOf(segment, tokenizer, options));
  const rows = classes.names.map((className, label) => {
    const pieces = layoutPieces(template, className, columnsOf(classes, label));
    const prompt = rowsOf(pieces, slots, label, tokenizer, options);
    if (prompt.length > options.contextLength) throw tooLong(template, className, prompt.length, options);
    return prompt;
  });
  return { rows, slots };
}

function slotOf(segment: SlotSegment, tokenizer: Tokenizer, options: RowOptions): Slot {
  if (segment.kind === 'words')
    return { kind: 'words', length: segment.length, perClass: false, init: null, context: null };
  if (segment.kind === 'learned') {
    const context = { name: segment.name, slot: segment.slot };
    const held = options.learned?.(segment.name, segment.slot);
    if (held === undefined) throw new Error(`no vectors for <${segment.name}>`);
    return { kind: 'learned', ...held, init: null, context };
  }
  const { perClass } = segment;
  if (segment.init === null)
    return { kind: 'learnable', length: segment.length!, perClass, init: null, context: null };
  const init = tokenizer.encode(segment.init);
  const length = options.referenceInit === true ? segment.init.trim().split(/\s+/).length : init.length;
  return { kind: 'learnable', length, perClass, init: init.slice(0, length), context: null };
}

function rowsOf(
  { text, slots: pieces }: ReturnType<typeof layoutPieces>,
  slots: readonly Slot[],
  label: number,
  tokenizer: Tokenizer,
  options: RowOptions,
): PromptRows {
  const token = (id: number): RowKey => ({ kind: 'token', id });
  const ids = tokenizer.encode(text);
  const rows: RowKey[] = tokenizer.sot === null ? [] : [token(tokenizer.sot)];
  let next = 0;
  for (const [slot, { segment, textBefore }] of pieces.entries()) {
    const place = Math.min(tokenizer.encode(textBefore).length, ids.length);
    while (next < place) rows.push(token(ids[next++]!));
    const { length, perClass } = slots[slot]!;
    for (let vector = 0; vector < length; vector++)
      rows.push({ kind: 'vector', slot, vector, classIndex: perClass ? label : null });
    if (options.referenceInit === true && segment.kind === 'learnable' && segment.init !== null)
      rows.push(...tokenizer.encode(segment.init).slice(length).map(token));
  }
  rows.push(...ids.slice(next).map(token), token(tokenizer.eot));
  if (!tokenizer.poolsAtEnd) return rows;
  // A class name may spell the end token out; CLIP pools at the first one.
  return rows.slice(0, rows.findIndex(key => key.kind === 'token' && key.id === tokenizer.eot) + 1);
}

function tooLong(
  template: Template,
  className: string,
  length: number,
  { contextLength }: RowOptions,
): CoopError {
  return new CoopError(
    'template.tooLong',
    `“${template.line}” has ${length} tokens for the class “${className}”; the model reads ${contextLength}.`,
    { subject: className, next: 'Shorten the template or the class name, or learn fewer vectors.' },
  );
}
