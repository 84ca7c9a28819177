import { formatTemplate } from './format-template';
import { isColumnName } from './name-syntax';
import { SLOT_ALIASES } from './slot-syntax';
import type { Segment } from './syntax';

const NOWHERE = { start: 0, end: 0 };

/** How a string in code says where the class name goes. */
export type LiteralSlots =
  /** `{}`, `{c}`, `{label}`, `{class}` or `%s`, for `format`, `replace` or `%`. */
  | { readonly kind: 'placeholders' }
  /** `{c}` of an f-string, `${c}` of a template literal; the variable is null where it is bound elsewhere. */
  | { readonly kind: 'variable'; readonly sigil: '' | '$'; readonly variable: string | null };

/** The template line that a string of source code means; null when it has no place for a class name, or is no single line. */
export function literalLine(value: string, slots: LiteralSlots): string | null {
  if (/[\r\n]/.test(value)) return null;
  const segments = slots.kind === 'placeholders' ? placeholders(value) : interpolated(value, slots);
  if (segments === null || !segments.some(({ kind }) => kind === 'class')) return null;
  return formatTemplate({ segments, line: '', span: NOWHERE });
}

function placeholders(value: string): Segment[] {
  const braces = pieces(value, /\{\{|\}\}|\{[^{}]*\}/gu, match => {
    if (match === '{{' || match === '}}') return text(match[0]!);
    const inner = match.slice(1, -1);
    if (inner === '' || SLOT_ALIASES.includes(inner)) return { kind: 'class', span: NOWHERE };
    return isColumnName(inner) ? { kind: 'column', name: inner, span: NOWHERE } : text(match);
  });
  if (braces.some(({ kind }) => kind === 'class')) return braces;
  return pieces(value, /%%|%s/g, match => (match === '%s' ? { kind: 'class', span: NOWHERE } : text('%')));
}

function interpolated(
  value: string,
  { sigil, variable }: Extract<LiteralSlots, { kind: 'variable' }>,
): Segment[] | null {
  let understood = true;
  const pattern = sigil === '$' ? /\$\{[^{}]*\}/g : /\{\{|\}\}|\{[^{}]*\}/g;
  const segments = pieces(value, pattern, match => {
    if (match === '{{' || match === '}}') return text(match[0]!);
    const name = match.slice(sigil.length + 1, -1).trim();
    if (variable === null ? SLOT_ALIASES.includes(name) : name === variable)
      return { kind: 'class', span: NOWHERE };
    // Another expression: its value is not known here.
    understood = false;
    return text(match);
  });
  return understood ? segments : null;
}

function pieces(value: string, pattern: RegExp, segmentOf: (match: string) => Segment): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const match of value.matchAll(pattern)) {
    if (match.index > at) segments.push(text(value.slice(at, match.index)));
    segments.push(segmentOf(match[0]));
    at = match.index + match[0].length;
  }
  if (at < value.length) segments.push(text(value.slice(at)));
  return segments;
}

function text(value: string): Segment {
  return { kind: 'text', text: value, span: NOWHERE };
}
