const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * The first key that stands twice in one object of a JSON text, or undefined. `JSON.parse` keeps the last of such
 * keys in silence, so two readers may see two different files in the same bytes.
 * @param source valid JSON (already parsed without an error)
 */
export function repeatedKey(source: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let at = 0;
  while (at < source.length) {
    const code = source.charCodeAt(at);
    if (code === OPEN_BRACE) open.push(new Set());
    else if (code === OPEN_BRACKET) open.push(undefined);
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) open.pop();
    else if (code === QUOTE) {
      const end = endOfString(source, at);
      const keys = open.at(-1);
      if (keys !== undefined && isKey(source, end)) {
        const key = String(JSON.parse(source.slice(at, end)));
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end;
      continue;
    }
    at += 1;
  }
  return undefined;
}

function endOfString(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source.charCodeAt(at) !== QUOTE)
    at += source.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function isKey(source: string, end: number): boolean {
  let at = end;
  while (at < source.length && ' \t\n\r'.includes(source[at]!)) at += 1;
  return source[at] === ':';
}
