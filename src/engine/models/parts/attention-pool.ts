import type { Node } from '../../graph/node';
import { add, expand, linear, reshape } from '../../graph/operations';
import type { Rows } from './plain-transformer';
import { attend, splitHeads } from './self-attention';
import type { LinearNodes, MlpNodes, NormNodes, TransformerShape } from './text-nodes';
import { mlp, norm } from './transformer-block';

/** A head in which one learned query attends to all rows, with a residual MLP. */
export interface AttentionPool extends MlpNodes {
  /** [1, w], already multiplied by its projection. */
  readonly query: Node;
  /** [2w, w] */
  readonly keyValue: LinearNodes;
  readonly out: LinearNodes;
  readonly norm: NormNodes;
}

/** Rows [batch · tokens, w] → [batch, w] (transformers, SiglipMultiheadAttentionPoolingHead; timm, AttentionPoolLatent). */
export function attentionPool(
  x: Node,
  pool: AttentionPool,
  { width, heads, activation, epsilon }: TransformerShape,
  { batch, tokens }: Rows,
): Node {
  const keyValue = linear(x, pool.keyValue.weight, pool.keyValue.bias);
  const [key, value] = splitHeads(keyValue, 2, tokens, { batch, heads, width }) as [Node, Node];
  const headWidth = width / heads;
  const query = expand(reshape(pool.query, [heads, 1, 1, headWidth]), [heads, batch, 1, headWidth]);
  const attended = attend({ query, key, value });
  const pooled = linear(attended, pool.out.weight, pool.out.bias);
  return add(pooled, mlp(norm(pooled, pool.norm, epsilon), pool, activation));
}
