import { fixText } from './fix-text';
import { htmlUnescape } from './html-unescape';

/** Python's `\s` and `str.strip`; JavaScript's differs in U+001C…U+001F, U+0085 and U+FEFF. */
const BLANK = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const BLANKS = new RegExp(`[${BLANK}]+`, 'g');

/** `whitespace_clean(basic_clean(text)).lower()` of OpenAI's tokenizer (openai/CLIP, clip/simple_tokenizer.py). */
export function openaiText(text: string): string {
  return collapse(htmlUnescape(htmlUnescape(fixText(text)))).toLowerCase();
}

/** The normaliser of Hugging Face's CLIPTokenizer: NFC, blanks, lower case; nothing is repaired or unescaped. */
export function huggingFaceText(text: string): string {
  // Rust's lower-casing maps every sigma alike; JavaScript knows the final one.
  return collapse(text.normalize('NFC')).replaceAll('Σ', 'σ').toLowerCase();
}

function collapse(text: string): string {
  return text.replace(BLANKS, ' ').replace(/^ | $/g, '');
}

/** The words of cleaned text. OpenAI's pattern ignores case, so its `'s` also matches `'ſ`. */
export function words(text: string, rule: 'openai' | 'hf'): RegExpMatchArray | readonly string[] {
  return text.match(rule === 'openai' ? OPENAI_WORDS : HUGGING_FACE_WORDS) ?? [];
}

const REST = String.raw`\p{L}+|\p{N}|[^${BLANK}\p{L}\p{N}]+`;
const SPECIAL = String.raw`<\|startoftext\|>|<\|endoftext\|>`;
const OPENAI_WORDS = new RegExp(`${SPECIAL}|'[sſ]|'t|'re|'ve|'m|'ll|'d|${REST}`, 'gu');
const HUGGING_FACE_WORDS = new RegExp(`${SPECIAL}|'s|'t|'re|'ve|'m|'ll|'d|${REST}`, 'gu');
