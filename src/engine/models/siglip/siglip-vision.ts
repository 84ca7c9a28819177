import type { Node } from '../../graph/node';
import { add } from '../../graph/operations';
import { type AttentionPool, attentionPool } from '../parts/attention-pool';
import { embeddedPatches, type ImagePixels, type PatchNodes } from '../parts/image-pixels';
import { flatRows, plainTransformer } from '../parts/plain-transformer';
import type { BlockNodes, NormNodes, TransformerShape } from '../parts/text-nodes';
import { norm } from '../parts/transformer-block';

/** Weights of SigLIP's image tower of width w over a grid of g × g patches; its features have the same width. */
export interface SiglipVision extends TransformerShape {
  readonly patch: PatchNodes;
  /** [g², w] */
  readonly positions: Node;
  readonly blocks: readonly BlockNodes[];
  readonly postNorm: NormNodes;
  readonly pool: AttentionPool;
}

/**
 * SigLIP's vision transformer (transformers, SiglipVisionModel): features [B, w], not normalised. There is no class row; a head pools by attention.
 */
export function siglipVision(model: SiglipVision, image: ImagePixels): Node {
  const { epsilon, pool } = model;
  const batch = image.pixels.shape[0]!;
  const rows = { batch, tokens: model.positions.shape[0] as number };
  const grid = embeddedPatches(image, model.patch);
  const encoded = plainTransformer(
    flatRows(add(grid, model.positions), rows),
    model.blocks,
    model,
    rows,
    null,
  );
  return attentionPool(norm(encoded, model.postNorm, epsilon), pool, model, rows);
}
