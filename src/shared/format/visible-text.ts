/**
 * Text from data, so that a person sees all of it: what would move a cursor, set a title or the clipboard, end a line or
 * turn the order of the text around, or is not shown at all (controls of C0 and C1, line separators, bidirectional controls, lone surrogates;
 * ECMA-48, CVE-2021-42574) becomes an escape. Joiners and variation
 * selectors, of which emoji and some scripts are made, stay.
 */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d]|\p{VS})[\p{Cf}\p{DI}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line in which nothing is unseen: `\n`, `\u001b`, `\u{e0001}`. */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, character => {
    const code = character.codePointAt(0)!;
    return SHORT[character] ?? (code > 0xff_ff ? `\\u{${code.toString(16)}}` : utf16(code));
  });
}

export const hasUnseen = (text: string): boolean => visibleText(text) !== text;

/** JSON that is safe to look at in a terminal, and the same value to a program. */
export function visibleJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSEEN, character =>
    // The line feeds are those of the indentation: JSON escapes those of strings.
    character === '\n'
      ? character
      : [...Array(character.length).keys()].map(at => utf16(character.charCodeAt(at))).join(''),
  );
}

const utf16 = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
