import type { PromptRows } from './prompt-rows';
import type { Tokenizer } from './tokenizer';

/**
 * A text of any length as rows: over the context length it is cut with EOT last, as CLIP's `tokenize(truncate=True)` does.
 * @param contextLength T
 */
export function textRows(text: string, tokenizer: Tokenizer, contextLength: number): PromptRows {
  const ids = [tokenizer.sot, ...tokenizer.encode(text), tokenizer.eot];
  const kept = ids.length <= contextLength ? ids : [...ids.slice(0, contextLength - 1), tokenizer.eot];
  // The pooled row is the first EOT; the causal mask makes what follows it irrelevant.
  return kept.slice(0, kept.indexOf(tokenizer.eot) + 1).map(id => ({ kind: 'token', id }));
}
