import { visibleText } from '../../../shared/format/visible-text';
import { invalidTokenizer } from './tokenizer-error';

const CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d";
const LINES_AND_BLANKS = String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** A character or a class of characters, once or several times. */
const ITEM = String.raw`(?:\\.|\[(?:\\.|[^\\[\]])+\]|[^\\[\](){}|*+?.^$])(?:\+|\{\d{1,2},\d{0,2}\})?`;
/** One of such items: nothing comes after it, so that nothing is tried twice. SigLIP's punctuation and all blanks are of this form. */
const SIMPLE = new RegExp(`^${ITEM}(?:\\|${ITEM})*$`, 'su');

/**
 * Other regular expressions of published tokenizers (transformers, convert_slow_tokenizer.py and the models' own files). They
 * take a text in steps that do not grow without bound, as those of any expression may (CWE-1333).
 */
const PUBLISHED: ReadonlySet<string> = new Set([
  ' +▁',
  '^▁+$',
  // CLIP's, as written since and before transformers 5.
  String.raw`${CONTRACTIONS}|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`,
  String.raw`<\|startoftext\|>|<\|endoftext\|>|${CONTRACTIONS}|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`,
  // GPT-2's, in both its forms.
  String.raw`${CONTRACTIONS}| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  // Qwen 2's and Llama 3's.
  String.raw`(?i:${CONTRACTIONS})|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}${LINES_AND_BLANKS}`,
  String.raw`(?i:${CONTRACTIONS})|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}${LINES_AND_BLANKS}`,
]);

/**
 * Looks through the steps that a text takes before it is cut.
 * @param step normalizer or pre_tokenizer of tokenizer.json
 * @throws CoopError `tokenizer.invalid` for a regular expression that is no published one, or a replacement that lengthens a
 * text: a few of these one after the other fill any memory
 */
export function requirePublishedPatterns(step: unknown, file: string): void {
  if (typeof step !== 'object' || step === null) return;
  if ('pattern' in step) {
    const [written, content] = [patternOf(step.pattern), 'content' in step ? step.content : ''];
    if (written.regex && !SIMPLE.test(written.text) && !PUBLISHED.has(written.text))
      throw invalidTokenizer(
        file,
        `its regular expression ${shown(written.text)} is of no published tokenizer, and may take for ever`,
      );
    const most = written.regex ? 1 : [...written.text].length;
    if (typeof content === 'string' && [...content].length > most)
      throw invalidTokenizer(file, `it puts ${shown(content)} in the place of ${shown(written.text)}`);
  }
  for (const inner of Object.values(step)) requirePublishedPatterns(inner, file);
}

function patternOf(pattern: unknown): { readonly regex: boolean; readonly text: string } {
  if (typeof pattern !== 'object' || pattern === null) return { regex: false, text: '' };
  if ('Regex' in pattern) return { regex: true, text: String(pattern.Regex) };
  return { regex: false, text: 'String' in pattern ? String(pattern.String) : '' };
}

const SHOWN = 80;

function shown(text: string): string {
  return `“${visibleText(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text)}”`;
}
