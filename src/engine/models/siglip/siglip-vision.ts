import type { Node } from '../../graph/node';
import { add, conv2d } from '../../graph/operations';
import { type AttentionPool, attentionPool } from '../parts/attention-pool';
import { flatRows, patchRows, plainTransformer } from '../parts/plain-transformer';
import type { BlockNodes, LinearNodes, NormNodes, TransformerShape } from '../parts/text-nodes';
import { norm } from '../parts/transformer-block';

/** Weights of SigLIP's image tower of width w over a grid of g × g patches; its features have the same width. */
export interface SiglipVision extends TransformerShape {
  /** [w, 3, p, p]; patches do not overlap. */
  readonly patch: LinearNodes;
  /** [g², w] */
  readonly positions: Node;
  readonly blocks: readonly BlockNodes[];
  readonly postNorm: NormNodes;
  readonly pool: AttentionPool;
}

/**
 * SigLIP's vision transformer (transformers, SiglipVisionModel): normalised planes [B, 3, size, size] → features [B, w], not
 * normalised. There is no class row; a head pools by attention.
 */
export function siglipVision(model: SiglipVision, planes: Node): Node {
  const { width, epsilon, pool } = model;
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
  return attentionPool(norm(encoded, model.postNorm, epsilon), pool, model, rows);
}
