import type { Tokenizer } from '../../prompt/tokenizer';
import { type AddedToken, splitter } from './added-tokens';

/** How sentencepiece writes a blank. */
export const BLANK = '▁';

export interface PieceVocabulary {
  /** Entry by id. */
  readonly entries: readonly string[];
  /** Ids of a piece of text; `first`: it begins the text, so that a blank goes before it. */
  cut(text: string, first: boolean): readonly number[];
  readonly sot: number | null;
  readonly eot: number;
  readonly padding: number;
  /** Tokens that text may spell out. */
  readonly special: readonly string[];
  /** As of a Tokenizer. */
  readonly poolsAtEnd: boolean;
}

/** Texts kept with their ids; class names and templates repeat. */
const CACHED_TEXTS = 10_000;
const CACHED_LENGTH = 200;

/** A tokenizer whose entries begin with ▁ where a word does. */
export class PieceTokenizer implements Tokenizer {
  private readonly known = new Map<string, readonly number[]>();
  private readonly split: ReturnType<typeof splitter>;

  constructor(private readonly vocabulary: PieceVocabulary) {
    const ids = new Map(vocabulary.entries.map((entry, id) => [entry, id]));
    const special = vocabulary.special.flatMap((content): AddedToken[] => {
      const id = ids.get(content);
      return id === undefined ? [] : [{ content, id, normalized: false, singleWord: false }];
    });
    this.split = splitter(special);
  }

  get poolsAtEnd(): boolean {
    return this.vocabulary.poolsAtEnd;
  }

  get sot(): number | null {
    return this.vocabulary.sot;
  }

  get eot(): number {
    return this.vocabulary.eot;
  }

  get padding(): number {
    return this.vocabulary.padding;
  }

  get vocabularySize(): number {
    return this.vocabulary.entries.length;
  }

  encode(text: string): number[] {
    const known = this.known.get(text);
    if (known !== undefined) return [...known];
    const ids = this.split(text).flatMap((part, at) =>
      typeof part === 'number' ? part : this.vocabulary.cut(part, at === 0),
    );
    if (text.length <= CACHED_LENGTH) {
      if (this.known.size >= CACHED_TEXTS) this.known.clear();
      this.known.set(text, ids);
    }
    return [...ids];
  }

  decode(id: number): string {
    return (this.vocabulary.entries[id] ?? '').replaceAll(BLANK, ' ').trim();
  }
}
