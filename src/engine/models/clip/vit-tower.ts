import { type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import {
  add,
  concat,
  conv2d,
  expand,
  linear,
  reshape,
  slice,
  split,
  transpose,
} from '../../graph/operations';
import type { BlockNodes } from '../parts/text-nodes';
import type { VitNodes } from '../parts/vision-nodes';
import { attend } from './self-attention';
import { feedForward, norm } from './transformer-block';

/**
 * CLIP's vision transformer (openai/CLIP model.py, VisionTransformer) up to its projection: normalised planes
 * [B, 3, size, size] → [B, w]. In the last block everything past keys and values is computed for the class row only.
 */
export function vitTower(model: VitNodes, planes: Node): Node {
  const { width, epsilon } = model;
  const batch = planes.shape[0]!;
  const tokens = model.positions.shape[0] as number;
  const patches = conv2d(planes, model.patch, null, { stride: model.patch.shape[2] as number });
  const grid = transpose(reshape(patches, [batch, width, tokens - 1]), [0, 2, 1]);
  const classRow = expand(reshape(model.classEmbedding, [1, 1, width]), [batch, 1, width]);
  const embedded = add(concat([classRow, grid], 1), model.positions);
  const shape = { batch, tokens };
  let x = norm(reshape(embedded, [multiplyDims(batch, tokens), width]), model.preNorm, epsilon);
  for (const block of model.blocks.slice(0, -1)) {
    const { weight, bias } = block.queryKeyValue;
    const projected = linear(norm(x, block.norm1, epsilon), weight, bias);
    const [query, key, value] = split(projected, 1, [width, width, width]) as [Node, Node, Node];
    const lengths = { queries: tokens, keys: tokens };
    const attended = attend({ query, key, value }, lengths, { batch, heads: model.heads, width });
    x = feedForward(add(x, linear(attended, block.out.weight, block.out.bias)), block, model);
  }
  return norm(lastBlock(model, model.blocks.at(-1)!, x, shape), model.postNorm, epsilon);
}

function lastBlock(
  model: VitNodes,
  block: BlockNodes,
  x: Node,
  { batch, tokens }: { readonly batch: Dim; readonly tokens: number },
): Node {
  const { width, heads } = model;
  const classRows = (rows: Node) =>
    reshape(slice(reshape(rows, [batch, tokens, width]), 1, 0, 1), [batch, width]);
  const h = norm(x, block.norm1, model.epsilon);
  const query = linear(classRows(h), block.query.weight, block.query.bias);
  const keyValue = linear(h, block.keyValue.weight, block.keyValue.bias);
  const [key, value] = split(keyValue, 1, [width, width]) as [Node, Node];
  const attended = attend({ query, key, value }, { queries: 1, keys: tokens }, { batch, heads, width });
  return feedForward(add(classRows(x), linear(attended, block.out.weight, block.out.bias)), block, model);
}
