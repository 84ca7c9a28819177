/** Text → token ids by the rule of the model's own tokenizer. */
export interface Tokenizer {
  /** Ids of the text alone: no start, no end, no padding, no truncation. */
  encode(text: string): number[];
  /** The vocabulary entry of an id as a person reads it (`photo`, `ph`, `.`); a word end is not marked. */
  decode(id: number): string;
  /** The token that every prompt begins with; null where none does. */
  readonly sot: number | null;
  /** The token after every prompt's text. */
  readonly eot: number;
  /** What prompts are filled up with after their end. */
  readonly padding: number;
  /** Whether the tower pools at the first end token, so that nothing after it counts; otherwise text may hold some. */
  readonly poolsAtEnd: boolean;
  readonly vocabularySize: number;
}

/** Token ids of a whole prompt, without padding. */
export function promptTokens(tokenizer: Tokenizer, ids: readonly number[]): number[] {
  return [...(tokenizer.sot === null ? [] : [tokenizer.sot]), ...ids, tokenizer.eot];
}
