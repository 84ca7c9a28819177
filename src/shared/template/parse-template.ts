import { SLOT_ALIASES, slotAt } from './slot-syntax';
import type { Problem, Segment, Span, Template } from './syntax';

export interface ParsedTemplate {
  /** Null when there is an error among the problems. */
  readonly template: Template | null;
  readonly problems: readonly Problem[];
}

/**
 * Parses one template line (DESIGN: the template language). Outer blanks do not count; `\` takes the next character
 * literally.
 * @param offset where the line begins in its document, for the spans
 */
export function parseTemplate(line: string, offset = 0): ParsedTemplate {
  const start = line.length - line.trimStart().length;
  const body = trimmedBody(line);
  const base = offset + start;
  const segments: Segment[] = [];
  const problems: Problem[] = [];
  let text = '';
  let textStart = 0;
  const flush = (end: number) => {
    if (text !== '') segments.push({ kind: 'text', text, span: spanOf(base, textStart, end) });
    text = '';
  };
  let at = 0;
  while (at < body.length) {
    if (text === '') textStart = at;
    if (body[at] === '\\' && at + 1 < body.length) {
      const character = String.fromCodePoint(body.codePointAt(at + 1)!);
      text += character;
      at += 1 + character.length;
      continue;
    }
    const slot = slotAt(body, at, base);
    if (slot === null) {
      text += body[at];
      at += 1;
      continue;
    }
    flush(at);
    if ('segment' in slot) segments.push(slot.segment);
    else problems.push(slot.problem);
    at += slot.length;
  }
  flush(body.length);
  const span = spanOf(base, 0, body.length);
  if (problems.length === 0 && !segments.some(({ kind }) => kind === 'class'))
    problems.push(noClass(body, span));
  return { template: problems.length === 0 ? { segments, line: body, span } : null, problems };
}

/** Without outer blanks, except a last one that is escaped. */
function trimmedBody(line: string): string {
  const body = line.trim();
  const escaped = /\\+$/.exec(body);
  const rest = line.trimStart().slice(body.length);
  return escaped !== null && escaped[0].length % 2 === 1 && rest !== '' ? body + rest[0] : body;
}

export function spanOf(base: number, start: number, end: number): Span {
  return { start: base + start, end: base + end };
}

function noClass(body: string, span: Span): Problem {
  const percent = body.indexOf('%s');
  const dot = /\.$/.test(body) ? body.length - 1 : body.length;
  const blank = dot > 0 && body[dot - 1] !== ' ' ? ' ' : '';
  return {
    severity: 'error',
    message: `The template has no place for the class name.`,
    next: `Write {} where it belongs (${SLOT_ALIASES.map(name => `{${name}}`).join(', ')} mean the same).`,
    span,
    fix:
      percent >= 0
        ? { title: 'Replace %s by {}', span: spanOf(span.start, percent, percent + 2), replace: '{}' }
        : { title: 'Add {}', span: spanOf(span.start, dot, dot), replace: `${blank}{}` },
  };
}
