import { type CodeLanguage, type CodeToken, codeTokens } from './code-tokens';
import { type LiteralSlots, literalLine } from './literal-line';
import type { Span } from './syntax';

/** A list of templates that stands in source code. */
export interface TemplateList {
  /** The name it is assigned to; empty after a marker without one. */
  readonly name: string;
  /** Just behind its opening bracket, or behind its key in YAML. */
  readonly head: number;
  readonly templates: readonly ListedTemplate[];
}

export interface ListedTemplate {
  /** The same template as a line of a `.prompts` document. */
  readonly line: string;
  /** The string literals it is written as. */
  readonly span: Span;
}

export const NAMED = /template|prompt/i;
export const MARKER = /^(?:#|\/\/|\/\*)\s*coop\b\s*(?:\*\/)?\s*$/i;

/** Lists, tuples and arrays of languages that write them in brackets (see `findTemplateLists`). */
export function bracketLists(source: string, language: CodeLanguage): TemplateList[] {
  const all = codeTokens(source, language);
  const tokens = all.filter(({ kind }) => kind !== 'comment');
  const markers = all.filter(({ kind, text }) => kind === 'comment' && MARKER.test(text));
  const lists: TemplateList[] = [];
  let lastEnd = 0;
  for (let at = 0; at < tokens.length; at++) {
    if (!isMark(tokens[at], '[') && !(language === 'python' && isMark(tokens[at], '('))) continue;
    const name = assignedName(tokens, at, source);
    const { span } = tokens[at]!;
    const next = tokens[at + 1]?.span.start ?? source.length;
    const marked = markers.some(({ span: { start } }) => start >= lastEnd && start < next);
    if (name === null || !(marked || NAMED.test(name))) continue;
    const { elements, end } = elementsOf(tokens, at);
    // Parentheses around one value are no tuple.
    if (isMark(tokens[at], '(') && elements.length < 2) continue;
    const templates = elements.flatMap(element => templateOf(element, language));
    if (templates.length > 0) lists.push({ name, head: span.end, templates });
    lastEnd = tokens[end]?.span.end ?? source.length;
    at = end;
  }
  return lists;
}

/**
 * The name that a bracket's value is assigned to: `name =`, `name: type =`, `"key":`, through calls such as `np.array(`;
 * null where nothing is assigned, as for subscripts and calls.
 */
function assignedName(tokens: readonly CodeToken[], bracket: number, source: string): string | null {
  let at = bracket - 1;
  while (isMark(tokens[at], '(') && tokens[at - 1]?.kind === 'word') {
    at -= 2;
    while (isMark(tokens[at], '.')) at -= 2;
  }
  const sign = tokens[at];
  if (isMark(sign, ':')) return keyText(tokens[at - 1]);
  if (!isMark(sign, '=') && !isMark(sign, '+=')) return null;
  // A type may stand between: the name is the first word of the target on this line.
  let name: string | null = null;
  for (let back = at - 1; back >= 0 && back > at - 24; back--) {
    const token = tokens[back]!;
    if (token.kind === 'mark' && !/[:.[\]<>|]/.test(token.text)) break;
    if (/[\r\n]/.test(source.slice(token.span.end, tokens[back + 1]!.span.start))) break;
    if (isMark(token, ':')) name = null;
    else if (name === null || isMark(tokens[back + 1], '.') || isMark(tokens[back + 1], '['))
      name = keyText(token) ?? name;
    if (NAMED.test(name ?? '') && !isMark(tokens[back - 1], ':')) return name;
  }
  return name ?? '';
}

function keyText(token: CodeToken | undefined): string | null {
  return token?.kind === 'word' || token?.kind === 'string' ? token.text : null;
}

function elementsOf(tokens: readonly CodeToken[], open: number) {
  const elements: CodeToken[][] = [];
  let element: CodeToken[] = [];
  let depth = 0;
  let at = open;
  for (; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind === 'mark' && /[([{]/.test(token.text)) depth += 1;
    if (token.kind === 'mark' && /[)\]}]/.test(token.text)) depth -= 1;
    if (depth === 0) break;
    if (depth === 1 && isMark(token, ',')) {
      elements.push(element);
      element = [];
    } else if (at > open) element.push(token);
  }
  elements.push(element);
  return { elements, end: at };
}

/** One template, or none where the element is something else. */
function templateOf(element: readonly CodeToken[], language: CodeLanguage): ListedTemplate[] {
  const { variable: parameter, body } = functionBody(element);
  const count = body.findIndex(({ kind }) => kind !== 'string');
  const strings = count < 0 ? body : body.slice(0, count);
  const [first, ...others] = strings;
  if (first === undefined || (others.length > 0 && language !== 'python')) return [];
  const rest = body.slice(strings.length);
  const loop = rest[0]?.text === 'for' ? (rest[1]?.text ?? null) : null;
  if (rest.length > 0 && loop === null && !fillsIn(rest)) return [];
  const interpolates = strings.some(
    token =>
      token.kind === 'string' && token.interpolated && (language === 'python' || token.text.includes('${')),
  );
  const slots: LiteralSlots = interpolates
    ? { kind: 'variable', sigil: language === 'python' ? '' : '$', variable: parameter ?? loop }
    : { kind: 'placeholders' };
  const line = literalLine(strings.map(({ text }) => text).join(''), slots);
  return line === null ? [] : [{ line, span: { start: first.span.start, end: strings.at(-1)!.span.end } }];
}

/** `lambda c: …`, `c => …`, `(c: string) => …`; anything else is its own body. */
function functionBody(element: readonly CodeToken[]): {
  readonly variable: string | null;
  readonly body: readonly CodeToken[];
} {
  if (element[0]?.text === 'lambda' && isMark(element[2], ':'))
    return { variable: element[1]!.text, body: element.slice(3) };
  const arrow = element.findIndex(token => isMark(token, '=>'));
  if (arrow < 0) return { variable: null, body: element };
  const parameter = element.slice(0, arrow).find(({ kind }) => kind === 'word');
  return { variable: parameter?.text ?? null, body: element.slice(arrow + 1) };
}

/** `.format(c)`, `.replace(…)`, `% c`, `as const`: what may follow a template without changing it. */
function fillsIn([first, second]: readonly CodeToken[]): boolean {
  return (
    isMark(first, '%') ||
    first?.text === 'as' ||
    (isMark(first, '.') && /^(format|replace)$/.test(second?.text ?? ''))
  );
}

function isMark(token: CodeToken | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}
