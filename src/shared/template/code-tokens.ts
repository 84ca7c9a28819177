import type { Span } from './syntax';

export type CodeLanguage = 'python' | 'javascript';

export type CodeToken =
  | { readonly kind: 'word' | 'mark' | 'comment'; readonly text: string; readonly span: Span }
  | {
      readonly kind: 'string';
      /** Escapes resolved. */
      readonly text: string;
      /** An f-string, or a template literal in backquotes. */
      readonly interpolated: boolean;
      readonly span: Span;
    };

const PYTHON =
  /(?<space>\s+)|(?<comment>#[^\r\n]*)|(?<prefix>[rRbBuUfF]{0,2})(?:"""(?<d3>(?:[^\\]|\\[\s\S])*?)"""|'''(?<s3>(?:[^\\]|\\[\s\S])*?)'''|"(?<d>(?:[^"\\\r\n]|\\\r\n|\\[\s\S])*)"?|'(?<s>(?:[^'\\\r\n]|\\\r\n|\\[\s\S])*)'?)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<mark>\+=|=>|==|[\s\S])/uy;
const JAVASCRIPT =
  /(?<space>\s+)|(?<comment>\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<prefix>)(?:"(?<d>(?:[^"\\\r\n]|\\\r\n|\\[\s\S])*)"?|'(?<s>(?:[^'\\\r\n]|\\\r\n|\\[\s\S])*)'?|`(?<b>(?:[^`\\]|\\[\s\S])*)`?)|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<mark>\+=|=>|==|[\s\S])/uy;
const REGULAR_EXPRESSION = /\/(?![*/])(?:[^\\/[\r\n]|\\.|\[(?:[^\]\\\r\n]|\\.)*\])+\/[a-z]*/uy;

/** Splits source text just far enough to find string lists; never throws, whatever is being typed. */
export function codeTokens(text: string, language: CodeLanguage): CodeToken[] {
  const pattern = language === 'python' ? PYTHON : JAVASCRIPT;
  const tokens: CodeToken[] = [];
  let at = 0;
  while (at < text.length) {
    if (language === 'javascript' && text[at] === '/' && beginsExpression(tokens.at(-1))) {
      REGULAR_EXPRESSION.lastIndex = at;
      const skipped = REGULAR_EXPRESSION.exec(text);
      if (skipped !== null) {
        at = REGULAR_EXPRESSION.lastIndex;
        continue;
      }
    }
    pattern.lastIndex = at;
    const { groups } = pattern.exec(text)!;
    const span = { start: at, end: pattern.lastIndex };
    at = pattern.lastIndex;
    const { space, comment, word, mark, prefix = '', d3, s3, d, s, b } = groups!;
    if (space !== undefined) continue;
    if (comment !== undefined) tokens.push({ kind: 'comment', text: comment, span });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, span });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, span });
    else {
      const body = d3 ?? s3 ?? d ?? s ?? b ?? '';
      tokens.push({
        kind: 'string',
        text: /r/i.test(prefix) ? body : unescaped(body),
        interpolated: b !== undefined || /f/i.test(prefix),
        span,
      });
    }
  }
  return tokens;
}

/** Where a `/` begins a regular expression and is no division. */
function beginsExpression(before: CodeToken | undefined): boolean {
  if (before === undefined || before.kind === 'comment') return true;
  if (before.kind === 'word') return before.text === 'return';
  return before.kind === 'mark' && !/[)\]}]/.test(before.text);
}

const NAMED: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
};

/** Escapes of Python, JavaScript and JSON; a backslash at a line's end joins the lines. */
export function unescaped(body: string): string {
  return body.replace(
    /\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|U([0-9a-f]{8})|x([0-9a-f]{2})|(\r\n|[\s\S]))/giu,
    (whole, braced, four, eight, two, other) => {
      const digits: string | undefined = braced ?? four ?? eight ?? two;
      if (digits === undefined) return /^[\r\n]/.test(other) ? '' : (NAMED[other] ?? other);
      const code = Number.parseInt(digits, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
