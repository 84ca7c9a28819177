import { invalidTokenizer } from './tokenizer-error';

/**
 * sentencepiece's compiled normaliser (normalizer.cc): the longest prefix that has a rule is replaced, again and again. The
 * rules are a double-array trie over UTF-8 bytes (darts-clone), whose values are offsets of texts that end in NUL.
 * @param blob trie size, trie, texts; empty: there are no rules
 * @throws CoopError `tokenizer.invalid`
 */
export function charsmapNormaliser(blob: Buffer, file: string): (text: string) => string {
  if (blob.length === 0) return text => text;
  const size = blob.length < 4 ? -1 : blob.readUInt32LE(0);
  if (size < 4 || size % 4 !== 0 || 4 + size > blob.length)
    throw invalidTokenizer(file, 'its normaliser is damaged');
  const units = Uint32Array.from({ length: size / 4 }, (_, at) => blob.readUInt32LE(4 + 4 * at));
  const texts = blob.subarray(4 + size);
  return text => {
    const bytes = Buffer.from(text, 'utf8');
    const out: Buffer[] = [];
    let at = 0;
    while (at < bytes.length) {
      const match = longestPrefix(units, bytes, at);
      const start = match?.value ?? 0;
      if (match === null || start > texts.length) {
        const length = bytesOfCharacter(bytes[at]!);
        out.push(bytes.subarray(at, at + length));
        at += length;
        continue;
      }
      const end = texts.indexOf(0, start);
      out.push(texts.subarray(start, end < 0 ? texts.length : end));
      at += match.length;
    }
    return Buffer.concat(out).toString('utf8');
  };
}

const bytesOfCharacter = (lead: number): number => (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

/** The longest key that the bytes from `from` begin with (darts.h, commonPrefixSearch). */
function longestPrefix(
  units: Uint32Array,
  bytes: Buffer,
  from: number,
): { readonly value: number; readonly length: number } | null {
  let found: { value: number; length: number } | null = null;
  let node = offsetOf(units[0] ?? 0);
  for (let at = from; at < bytes.length; at++) {
    node ^= bytes[at]!;
    const unit = units[node];
    // The label of a unit: its low byte, and the sign bit that only values have.
    if (unit === undefined || (unit & 0x800000ff) !== bytes[at]!) break;
    node ^= offsetOf(unit);
    if (((unit >>> 8) & 1) === 0) continue;
    const value = units[node];
    if (value === undefined) break;
    found = { value: value & 0x7fffffff, length: at + 1 - from };
  }
  return found;
}

const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
