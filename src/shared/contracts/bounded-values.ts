import { CoopError } from '../errors';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

/**
 * Refuses a JSON text with more values than `most` before it is parsed: a byte of text may become a hundred bytes of
 * objects (CWE-770). Counts commas and openings outside strings, which no text has fewer of than values.
 * @throws CoopError `file.limit`
 */
export function boundedValues(text: string, most: number, file: string): void {
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === COMMA || code === OPEN_BRACKET || code === OPEN_BRACE) {
      values += 1;
      if (values > most)
        throw new CoopError('file.limit', `${file} holds more than ${most} values; no more are read.`, {
          subject: file,
          next: 'Check that this is the file you meant.',
        });
    }
  }
}

/** The index of the closing quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
