import type { Node } from '../../graph/node';
import { add, concat, expand, gelu, linear, multiply, reshape, silu, slice } from '../../graph/operations';
import { type AttentionPool, attentionPool } from '../parts/attention-pool';
import { embeddedPatches, type ImagePixels, type PatchNodes } from '../parts/image-pixels';
import { flatRows, type Rows } from '../parts/plain-transformer';
import { attend, splitHeads } from '../parts/self-attention';
import type { LinearNodes, NormNodes } from '../parts/text-nodes';
import { norm } from '../parts/transformer-block';
import { type Grid, rotated, rotation } from './rotary';

/** Weights of one block of timm's `Eva`. */
export interface EvaBlock {
  readonly norm1: NormNodes;
  /** [3w, w] */
  readonly queryKeyValue: LinearNodes;
  /** Before `out`; null: none. */
  readonly innerNorm: NormNodes | null;
  readonly out: LinearNodes;
  readonly norm2: NormNodes;
  readonly mlp:
    | { readonly kind: 'gelu'; readonly fc: LinearNodes; readonly proj: LinearNodes }
    | {
        readonly kind: 'swiglu';
        readonly gate: LinearNodes;
        readonly fc: LinearNodes;
        readonly norm: NormNodes;
        readonly proj: LinearNodes;
      };
}

/** A vision transformer of width w whose queries and keys are turned by their position (EVA-02, Perception Encoder). */
export interface EvaVision {
  readonly width: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly grid: Grid;
  readonly patch: PatchNodes;
  /** [1, 1, w] */
  readonly classRow: Node;
  /** [1 + g², w], the class row first. */
  readonly positions: Node;
  readonly preNorm: NormNodes | null;
  readonly blocks: readonly EvaBlock[];
  readonly postNorm: NormNodes;
  /** Null: the class row is taken. */
  readonly pool: (AttentionPool & { readonly heads: number }) | null;
  /** [E, w] */
  readonly projection: LinearNodes;
}

/** timm's `Eva` (models/eva.py): features [B, E], not normalised. */
export function evaTower(model: EvaVision, image: ImagePixels): Node {
  const { width, heads, epsilon, pool } = model;
  const batch = image.pixels.shape[0]!;
  const rows: Rows = { batch, tokens: model.positions.shape[0] as number };
  const grid = embeddedPatches(image, model.patch);
  const embedded = add(concat([expand(model.classRow, [batch, 1, width]), grid], 1), model.positions);
  let x = flatRows(embedded, rows);
  if (model.preNorm !== null) x = norm(x, model.preNorm, epsilon);
  const turn = rotation(model.grid, width / heads);
  for (const block of model.blocks) {
    const { weight, bias } = block.queryKeyValue;
    const projected = linear(norm(x, block.norm1, epsilon), weight, bias);
    const parts = splitHeads(projected, 3, rows.tokens, { batch, heads, width });
    const [query, key, value] = parts as [Node, Node, Node];
    let attended = attend({ query: rotated(query, turn), key: rotated(key, turn), value });
    if (block.innerNorm !== null) attended = norm(attended, block.innerNorm, epsilon);
    x = add(x, linear(attended, block.out.weight, block.out.bias));
    x = add(x, evaMlp(norm(x, block.norm2, epsilon), block.mlp, epsilon));
  }
  const normed = norm(x, model.postNorm, epsilon);
  const pooled =
    pool === null
      ? reshape(slice(reshape(normed, [batch, rows.tokens, width]), 1, 0, 1), [batch, width])
      : attentionPool(normed, pool, { width, heads: pool.heads, activation: 'gelu', epsilon }, rows);
  return linear(pooled, model.projection.weight, model.projection.bias);
}

function evaMlp(x: Node, mlp: EvaBlock['mlp'], epsilon: number): Node {
  const inner = linear(x, mlp.fc.weight, mlp.fc.bias);
  const hidden =
    mlp.kind === 'gelu'
      ? gelu(inner)
      : norm(multiply(silu(linear(x, mlp.gate.weight, mlp.gate.bias)), inner), mlp.norm, epsilon);
  return linear(hidden, mlp.proj.weight, mlp.proj.bias);
}
