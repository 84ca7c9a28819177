import { type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { add, matmul, reshape, softmax, split, transpose } from '../../graph/operations';

export interface AttentionShape {
  readonly batch: Dim;
  readonly heads: number;
  readonly width: number;
}

/** Added to scores of positions that are not seen; exp of it is exactly 0 in float32 and float64. */
export const MASKED = -1e9;

/**
 * Rows [batch · length, parts · width] → parts tensors [heads, batch, length, width / heads]; moved in one piece, since each piece
 * costs a pass.
 */
export function splitHeads(
  rows: Node,
  parts: number,
  length: Dim,
  { batch, heads, width }: AttentionShape,
): Node[] {
  const headWidth = width / heads;
  const byHead = transpose(reshape(rows, [rows.shape[0]!, parts * heads, headWidth]), [1, 0, 2]);
  return split(byHead, 0, Array<number>(parts).fill(heads)).map(part =>
    reshape(part, [heads, batch, length, headWidth]),
  );
}

/**
 * Attention of each item of the batch to itself, without a mask or with one that is added to the scores, [1, batch, 1, keys]:
 * query [heads, batch, queries, d/heads], key and value [heads, batch, keys, d/heads] → [batch · queries, d].
 */
export function attend(
  { query, key, value }: { readonly query: Node; readonly key: Node; readonly value: Node },
  mask: Node | null = null,
): Node {
  const [heads, batch, queries, headWidth] = query.shape as [number, Dim, Dim, number];
  const scores = matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(headWidth) });
  const weights = softmax(mask === null ? scores : add(scores, mask));
  const rows = multiplyDims(batch, queries);
  const mixed = reshape(matmul(weights, value), [heads, rows, headWidth]);
  return reshape(transpose(mixed, [1, 0, 2]), [rows, heads * headWidth]);
}
