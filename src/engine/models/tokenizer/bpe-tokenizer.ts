import type { Tokenizer } from '../../prompt/tokenizer';
import { type AddedToken, splitter } from './added-tokens';
import { SYMBOL_OF_BYTE, symbolsToText } from './byte-alphabet';
import { mergePairs } from './byte-pair-merge';
import { huggingFaceText, openaiText, words } from './clip-text';

export interface Vocabulary {
  /** Entry → id; the last symbol of a word ends in `</w>`. */
  readonly ids: ReadonlyMap<string, number>;
  /** In order of rank. */
  readonly merges: readonly (readonly [string, string])[];
  readonly sot: number;
  readonly eot: number;
  /** Tokens beside the vocabulary's own. */
  readonly added: readonly AddedToken[];
}

/** Distinct words kept with their ids; prompts repeat theirs endlessly. */
const CACHED_WORDS = 50_000;
/** Longer words (UTF-16 units) are no words of prompts and would only fill the memory. */
const CACHED_LENGTH = 100;
const WORD_END = '</w>';

/** CLIP's byte-pair encoding by OpenAI's cleaning rule, or by Hugging Face's where a model's own numbers need it. */
export class BpeTokenizer implements Tokenizer {
  readonly sot: number;
  readonly eot: number;
  /** OpenAI's; what fills up counts for nothing. */
  readonly padding = 0;
  readonly poolsAtEnd = true;
  readonly vocabularySize: number;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly ranks: ReadonlyMap<string, number>;
  private readonly entries: readonly string[];
  private readonly known = new Map<string, readonly number[]>();
  private readonly added: ReadonlySet<number>;
  private readonly splitWritten: ReturnType<typeof splitter>;
  private readonly splitCleaned: ReturnType<typeof splitter>;
  private readonly clean: (text: string) => string;

  constructor(
    { ids, merges, sot, eot, added }: Vocabulary,
    private readonly rule: 'openai' | 'hf' = 'openai',
  ) {
    this.sot = sot;
    this.eot = eot;
    this.ids = ids;
    this.ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
    const entries: string[] = [];
    for (const [entry, id] of ids) entries[id] = entry;
    for (const { content, id } of added) entries[id] = content;
    entries[sot] ??= '<|startoftext|>';
    entries[eot] ??= '<|endoftext|>';
    this.entries = entries;
    this.vocabularySize = entries.length;
    this.added = new Set([sot, eot, ...added.map(({ id }) => id)]);
    this.clean = rule === 'openai' ? openaiText : huggingFaceText;
    // OpenAI's rule finds its two in the cleaned text, Hugging Face's as they are written.
    const ends = rule === 'openai' ? [] : [endToken('<|startoftext|>', sot), endToken('<|endoftext|>', eot)];
    this.splitWritten = splitter([...ends, ...added.filter(({ normalized }) => !normalized)]);
    this.splitCleaned = splitter(
      added
        .filter(({ normalized }) => normalized)
        .map(token => ({ ...token, content: this.clean(token.content) })),
    );
  }

  encode(text: string): number[] {
    return this.splitWritten(text).flatMap(part => {
      if (typeof part === 'number') return part;
      return this.splitCleaned(this.clean(part)).flatMap(piece =>
        typeof piece === 'number' ? piece : this.cleaned(piece),
      );
    });
  }

  private cleaned(text: string): number[] {
    const ids: number[] = [];
    for (const word of words(text, this.rule)) for (const id of this.word(word)) ids.push(id);
    return ids;
  }

  private special(word: string): number {
    return word === '<|startoftext|>' ? this.sot : this.eot;
  }

  decode(id: number): string {
    const entry = this.entries[id] ?? '';
    if (this.added.has(id)) return entry;
    return symbolsToText(entry.endsWith(WORD_END) ? entry.slice(0, -WORD_END.length) : entry);
  }

  private word(word: string): readonly number[] {
    if (this.rule === 'openai' && /^<\|(?:startoftext|endoftext)\|>$/.test(word)) return [this.special(word)];
    const known = this.known.get(word);
    if (known !== undefined) return known;
    const ids = this.merge(word).flatMap(symbol => this.ids.get(symbol) ?? []);
    if (word.length > CACHED_LENGTH) return ids;
    if (this.known.size >= CACHED_WORDS) this.known.clear();
    this.known.set(word, ids);
    return ids;
  }

  private merge(word: string): string[] {
    const symbols = [...Buffer.from(word, 'utf8')].map(byte => SYMBOL_OF_BYTE[byte]!);
    symbols[symbols.length - 1] += WORD_END;
    return mergePairs(symbols, (left, right) => this.ranks.get(`${left} ${right}`));
  }
}

const endToken = (content: string, id: number): AddedToken => ({
  content,
  id,
  normalized: false,
  singleWord: false,
});
