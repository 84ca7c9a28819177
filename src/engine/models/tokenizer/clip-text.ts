import { fixText } from './fix-text';
import { htmlUnescape } from './html-unescape';

/** Unicode's white space, which is Rust's `\s`; JavaScript's has U+FEFF and lacks U+0085. */
const WHITE_SPACE = String.raw`\t-\r\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
/** Python's `\s` and `str.strip` also take U+001C…U+001F. */
const PYTHON_SPACE = String.raw`\x1c-\x1f${WHITE_SPACE}`;

/** `whitespace_clean(basic_clean(text)).lower()` of OpenAI's tokenizer (openai/CLIP, clip/simple_tokenizer.py). */
export function openaiText(text: string): string {
  return collapse(cleanedText(text), PYTHON_BLANKS).toLowerCase();
}

/** `basic_clean(text)` of OpenAI's and open_clip's tokenizers, blanks at its ends left. */
export const cleanedText = (text: string): string => htmlUnescape(htmlUnescape(fixText(text)));

/** The normaliser of Hugging Face's CLIPTokenizer: NFC, blanks, lower case; nothing is repaired or unescaped. */
export function huggingFaceText(text: string): string {
  // Rust's lower-casing maps every sigma alike; JavaScript knows the final one.
  return collapse(text.normalize('NFC'), RUST_BLANKS).replaceAll('Σ', 'σ').toLowerCase();
}

function collapse(text: string, blanks: RegExp): string {
  return text.replace(blanks, ' ').replace(/^ | $/g, '');
}

/**
 * The words of cleaned text. OpenAI's pattern ignores case, so its `'s` also matches `'ſ`, and U+0345 (no letter, but
 * the capital form of one is) falls out of every class.
 */
export function words(text: string, rule: 'openai' | 'hf'): readonly string[] {
  return text.match(rule === 'openai' ? OPENAI_WORDS : HUGGING_FACE_WORDS) ?? [];
}

/** What Python's `\s` and `str.split` take for blanks. */
export const PYTHON_BLANKS = new RegExp(`[${PYTHON_SPACE}]+`, 'g');
/** What Rust's `char::is_whitespace` takes for blanks. */
export const RUST_BLANKS = new RegExp(`[${WHITE_SPACE}]+`, 'g');
const SPECIAL = String.raw`<\|startoftext\|>|<\|endoftext\|>`;
const OPENAI_WORDS = wordPattern(`${SPECIAL}|'[sſ]`, `${PYTHON_SPACE}\\u0345`);
const HUGGING_FACE_WORDS = wordPattern(`'s`, WHITE_SPACE);

function wordPattern(first: string, space: string): RegExp {
  return new RegExp(`${first}|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^${space}\\p{L}\\p{N}]+`, 'gu');
}
