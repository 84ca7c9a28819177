import entities from './html-entities.json';

const NAMED = new Map<string, string>(Object.entries(entities));
const REFERENCE = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g;
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Python's `html.unescape`: references without their semicolon and the longest known beginning of a name count too. */
export function htmlUnescape(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (whole, reference: string) => {
    if (reference.startsWith('#')) return numeric(reference.replace(/;$/, ''));
    const exact = NAMED.get(reference);
    if (exact !== undefined) return exact;
    for (let length = reference.length - 1; length > 1; length--) {
      const value = NAMED.get(reference.slice(0, length));
      if (value !== undefined) return value + reference.slice(length);
    }
    return whole;
  });
}

/** `&amp;amp;amp;`: what each round of unescaping would turn into one ampersand fewer. */
const ESCAPED_AMPERSANDS = /&(?:(?:amp|AMP|#0{0,9}38|#[xX]0{0,9}26);)+/g;

/**
 * ftfy's `unescape_html`: closed references only, names in capitals too unless a shorter name in capitals begins them
 * (`&GTDOT;`). Ampersands escaped many times over are resolved at once, which its repetition comes to in the end.
 */
export function ftfyUnescape(text: string): string {
  return text.replace(ESCAPED_AMPERSANDS, '&').replace(/&#?[0-9A-Za-z]{1,24};/g, whole => {
    if (whole.startsWith('&#')) {
      const value = htmlUnescape(whole);
      return value.includes(';') ? whole : value;
    }
    const exact = NAMED.get(whole.slice(1));
    if (exact !== undefined) return exact;
    const lower = whole.slice(1).toLowerCase();
    if (whole.slice(1) !== lower.toUpperCase() || htmlUnescape(whole) !== whole) return whole;
    return NAMED.get(lower)?.toUpperCase() ?? whole;
  });
}

/** The character of `#65` or `#x41`, by the HTML standard's table of exceptions. */
function numeric(reference: string): string {
  const code = /^#[xX]/.test(reference)
    ? Number.parseInt(reference.slice(2), 16)
    : Number(reference.slice(1));
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
  if (code === 0x0d) return '\r';
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252[code - 0x80]!;
  return isInvalid(code) ? '' : String.fromCodePoint(code);
}

function isInvalid(code: number): boolean {
  return (
    (code >= 0x1 && code <= 0x8) ||
    code === 0xb ||
    (code >= 0xe && code <= 0x1f) ||
    code === 0x7f ||
    (code >= 0xfdd0 && code <= 0xfdef) ||
    (code & 0xfffe) === 0xfffe
  );
}

/** A byte 0x80…0x9f read as Windows-1252; the five it does not define stay what they are. */
export function windows1252(code: number): string {
  return WINDOWS_1252[code - 0x80]!;
}
