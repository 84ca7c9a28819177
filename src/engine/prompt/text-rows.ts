import type { PromptRows } from './prompt-rows';
import { promptTokens, type Tokenizer } from './tokenizer';

/**
 * A text's tokens, however many, as rows: over the context length it is cut with EOT last, as CLIP's `tokenize(truncate=True)` does.
 * @param tokens without SOT and EOT
 * @param contextLength T
 */
export function textRows(tokens: readonly number[], tokenizer: Tokenizer, contextLength: number): PromptRows {
  const ids = promptTokens(tokenizer, tokens);
  const kept = ids.length <= contextLength ? ids : [...ids.slice(0, contextLength - 1), tokenizer.eot];
  // The pooled row is the first EOT; the causal mask makes what follows it irrelevant.
  const read = tokenizer.poolsAtEnd ? kept.slice(0, kept.indexOf(tokenizer.eot) + 1) : kept;
  return read.map(id => ({ kind: 'token', id }));
}
