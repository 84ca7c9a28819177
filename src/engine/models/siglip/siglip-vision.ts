import type { Node } from '../../graph/node';
import { add, conv2d, expand, linear, reshape, split } from '../../graph/operations';
import { flatRows, patchRows, plainTransformer } from '../parts/plain-transformer';
import { attend } from '../parts/self-attention';
import type { BlockNodes, LinearNodes, MlpNodes, NormNodes, TransformerShape } from '../parts/text-nodes';
import { mlp, norm } from '../parts/transformer-block';

/** Weights of SigLIP's image tower of width w over a grid of g × g patches; its features have the same width. */
export interface SiglipVision extends TransformerShape {
  /** [w, 3, p, p]; patches do not overlap. */
  readonly patch: LinearNodes;
  /** [g², w] */
  readonly positions: Node;
  readonly blocks: readonly BlockNodes[];
  readonly postNorm: NormNodes;
  /** One learned query that attends to all rows, and a residual MLP. */
  readonly pool: MlpNodes & {
    /** [1, w], already multiplied by its projection. */
    readonly query: Node;
    /** [2w, w] */
    readonly keyValue: LinearNodes;
    readonly out: LinearNodes;
    readonly norm: NormNodes;
  };
}

/**
 * SigLIP's vision transformer (transformers, SiglipVisionModel): normalised planes [B, 3, size, size] → features [B, w], not
 * normalised. There is no class row; a head pools by attention.
 */
export function siglipVision(model: SiglipVision, planes: Node): Node {
  const { width, heads, epsilon, pool } = model;
  const batch = planes.shape[0]!;
  const rows = { batch, tokens: model.positions.shape[0] as number };
  const stride = model.patch.weight.shape[2] as number;
  const grid = patchRows(conv2d(planes, model.patch.weight, model.patch.bias, { stride }), width);
  const encoded = plainTransformer(
    flatRows(add(grid, model.positions), rows),
    model.blocks,
    model,
    rows,
    null,
  );
  const normed = norm(encoded, model.postNorm, epsilon);
  const keyValue = linear(normed, pool.keyValue.weight, pool.keyValue.bias);
  const [key, value] = split(keyValue, 1, [width, width]) as [Node, Node];
  const query = reshape(expand(reshape(pool.query, [1, 1, width]), [batch, 1, width]), [batch, width]);
  const lengths = { queries: 1, keys: rows.tokens };
  const attended = attend({ query, key, value }, lengths, { batch, heads, width });
  const pooled = linear(attended, pool.out.weight, pool.out.bias);
  return add(pooled, mlp(norm(pooled, pool.norm, epsilon), pool, model.activation));
}
