/**
 * One position of a prompt: a token of the vocabulary or a vector of a slot. Vectors of a class-specific slot carry
 * the class. Equal rows at equal positions after equal rows have equal hidden states, which is what packing uses.
 */
export type RowKey =
  | { readonly kind: 'token'; readonly id: number }
  | {
      readonly kind: 'vector';
      readonly slot: number;
      readonly vector: number;
      readonly classIndex: number | null;
    };

/** One class's prompt from SOT to EOT, nothing after it: the causal mask makes later positions irrelevant. */
export type PromptRows = readonly RowKey[];

export function rowKeyText(key: RowKey): string {
  if (key.kind === 'token') return `t${key.id}`;
  return `v${key.slot}.${key.vector}${key.classIndex === null ? '' : `.${key.classIndex}`}`;
}
