import { type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { add, linear, reshape, slice } from '../../graph/operations';
import { attend, splitHeads } from './self-attention';
import type { BlockNodes, TransformerShape } from './text-nodes';
import { feedForward, norm } from './transformer-block';

export interface Rows {
  readonly batch: Dim;
  /** Rows of each item of the batch. */
  readonly tokens: number;
}

/**
 * Transformer blocks without a mask, each item to itself: x [batch · tokens, d] → [batch · tokens, d]. With `row`, only that
 * row of each item is wanted, [batch, d]: in the last block everything past keys and values is computed for it alone.
 */
export function plainTransformer(
  x: Node,
  blocks: readonly BlockNodes[],
  shape: TransformerShape,
  { batch, tokens }: Rows,
  row: number | null,
): Node {
  const { width, heads, epsilon } = shape;
  const asHeads = (part: Node, parts: number, length: Dim) =>
    splitHeads(part, parts, length, { batch, heads, width });
  const whole = row === null ? blocks : blocks.slice(0, -1);
  let rows = x;
  for (const block of whole) {
    const { weight, bias } = block.queryKeyValue;
    const projected = linear(norm(rows, block.norm1, epsilon), weight, bias);
    const [query, key, value] = asHeads(projected, 3, tokens) as [Node, Node, Node];
    const attended = attend({ query, key, value });
    rows = feedForward(add(rows, linear(attended, block.out.weight, block.out.bias)), block, shape);
  }
  if (row === null) return rows;
  const block = blocks.at(-1)!;
  const wanted = (all: Node) =>
    reshape(slice(reshape(all, [batch, tokens, width]), 1, row, 1), [batch, width]);
  const h = norm(rows, block.norm1, epsilon);
  const [query] = asHeads(linear(wanted(h), block.query.weight, block.query.bias), 1, 1) as [Node];
  const keyValue = linear(h, block.keyValue.weight, block.keyValue.bias);
  const [key, value] = asHeads(keyValue, 2, tokens) as [Node, Node];
  const attended = attend({ query, key, value });
  return feedForward(add(wanted(rows), linear(attended, block.out.weight, block.out.bias)), block, shape);
}

/** [batch, tokens, d] as rows [batch · tokens, d]. */
export function flatRows(x: Node, { batch, tokens }: Rows): Node {
  return reshape(x, [multiplyDims(batch, tokens), x.shape[2]!]);
}
