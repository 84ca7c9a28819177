import { cleanedText, PYTHON_BLANKS } from './clip-text';

/** Python's `string.punctuation`. */
const PUNCTUATION = /[!-/:-@[-`{-~]+/g;

const collapsed = (text: string) => text.replace(PYTHON_BLANKS, ' ').replace(/^ | $/g, '');

/** Lower case, no punctuation, single blanks (transformers, SiglipTokenizer.canonicalize_text). */
export const siglipText = (text: string): string => collapsed(text.toLowerCase().replace(PUNCTUATION, ''));

/** open_clip's `whitespace`: repaired, unescaped, single blanks. */
export const whitespaceClean = (text: string): string => collapsed(cleanedText(text));

/** open_clip's `canonicalize`, which repairs and unescapes first and takes `_` for a blank (tokenizer.py, canonicalize_text). */
export const openClipCanonical = (text: string): string =>
  collapsed(cleanedText(text).replaceAll('_', ' ').replace(PUNCTUATION, '').toLowerCase());
