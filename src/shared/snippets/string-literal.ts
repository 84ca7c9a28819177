/**
 * Strings from data as literals of generated code. JSON's escapes mean the same in Python and JavaScript; what JSON
 * leaves as it is, and an editor or a parser may take for the end of a line, for nothing, or for another order of the
 * text (U+0085, U+2028, bidirectional controls, lone surrogates; CVE-2021-42574), is escaped too.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences */
export function pythonString(value: string): string {
  return literal(value, code => (code > 0xff_ff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`));
}

/** https://tc39.es/ecma262/#prod-StringLiteral */
export function javaScriptString(value: string): string {
  return literal(value, code => (code > 0xff_ff ? `\\u{${code.toString(16)}}` : `\\u${hex(code, 4)}`));
}

function literal(value: string, escaped: (code: number) => string): string {
  return JSON.stringify(value).replace(UNSEEN, character => escaped(character.codePointAt(0)!));
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
