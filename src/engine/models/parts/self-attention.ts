import { type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { matmul, reshape, softmax, transpose } from '../../graph/operations';

export interface AttentionShape {
  readonly batch: Dim;
  readonly heads: number;
  readonly width: number;
}

/**
 * Attention without a mask, each item of the batch to itself: query rows [batch · queries, width], key and value rows
 * [batch · keys, width] → [batch · queries, width].
 */
export function attend(
  rows: { readonly query: Node; readonly key: Node; readonly value: Node },
  lengths: { readonly queries: number; readonly keys: number },
  { batch, heads, width }: AttentionShape,
): Node {
  const headWidth = width / heads;
  const byHead = (part: Node, length: number) =>
    transpose(reshape(part, [batch, length, heads, headWidth]), [0, 2, 1, 3]);
  const query = byHead(rows.query, lengths.queries);
  const key = byHead(rows.key, lengths.keys);
  const value = byHead(rows.value, lengths.keys);
  const scores = matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(headWidth) });
  const mixed = transpose(matmul(softmax(scores), value), [0, 2, 1, 3]);
  return reshape(mixed, [multiplyDims(batch, lengths.queries), width]);
}
