/** Text → token ids by the rule of the model's own tokenizer. */
export interface Tokenizer {
  /** Ids of the text alone: no SOT, no EOT, no padding, no truncation. */
  encode(text: string): number[];
  /** The vocabulary entry of an id as a person reads it (`photo`, `ph`, `.`); a word end is not marked. */
  decode(id: number): string;
  /** True when the entry ends a word (`</w>`). */
  endsWord(id: number): boolean;
  readonly sot: number;
  readonly eot: number;
  readonly vocabularySize: number;
}
