import { type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { add, matmul, reshape, softmax, transpose } from '../../graph/operations';

export interface AttentionShape {
  readonly batch: Dim;
  readonly heads: number;
  readonly width: number;
}

/** Added to scores of positions that are not seen; exp of it is exactly 0 in float32 and float64. */
export const MASKED = -1e9;

/**
 * Attention of each item of the batch to itself, without a mask or with one that is added to the scores: query rows [batch · queries, width], key and value rows
 * [batch · keys, width] → [batch · queries, width].
 */
export function attend(
  rows: { readonly query: Node; readonly key: Node; readonly value: Node },
  lengths: { readonly queries: Dim; readonly keys: Dim },
  { batch, heads, width }: AttentionShape,
  mask: Node | null = null,
): Node {
  const headWidth = width / heads;
  const byHead = (part: Node, length: Dim) =>
    transpose(reshape(part, [batch, length, heads, headWidth]), [0, 2, 1, 3]);
  const query = byHead(rows.query, lengths.queries);
  const key = byHead(rows.key, lengths.keys);
  const value = byHead(rows.value, lengths.keys);
  const scores = matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(headWidth) });
  const weights = softmax(mask === null ? scores : add(scores, mask));
  const mixed = transpose(matmul(weights, value), [0, 2, 1, 3]);
  return reshape(mixed, [multiplyDims(batch, lengths.queries), width]);
}
