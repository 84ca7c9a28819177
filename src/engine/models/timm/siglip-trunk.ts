import { reshape } from '../../graph/operations';
import { readNorm } from '../parts/hugging-face-tensors';
import { modelInvalid } from '../parts/model-error';
import type { StoredTensors } from '../parts/stored-tensors';
import type { SiglipVision } from '../siglip/siglip-vision';
import type { TimmVit } from './timm-vits';
import { EPSILON, readAttentionPool, readTimmBlocks, shapeOfTensor } from './trunk-tensors';

/**
 * SigLIP's image tower as timm names its tensors (`VisionTransformer` with `AttentionPoolLatent`); sizes are those of the
 * tensors.
 * @param side of the images, in pixels
 */
export function readSiglipTrunk(
  weights: StoredTensors,
  { heads, activation }: TimmVit,
  side: number,
): SiglipVision {
  const trunk = 'visual.trunk';
  const [width, , patch] = shapeOfTensor(weights, `${trunk}.patch_embed.proj.weight`, 4) as [
    number,
    number,
    number,
  ];
  const grid = Math.floor(side / patch);
  if (width % heads !== 0)
    throw modelInvalid(
      weights.shownFile,
      `its image tower’s width ${width} does not divide into ${heads} heads`,
    );
  return {
    width,
    heads,
    activation,
    epsilon: EPSILON,
    patch: {
      weight: weights.node(`${trunk}.patch_embed.proj.weight`, [width, 3, patch, patch]),
      bias: weights.node(`${trunk}.patch_embed.proj.bias`, [width]),
    },
    positions: reshape(weights.node(`${trunk}.pos_embed`, [1, grid * grid, width]), [grid * grid, width]),
    blocks: readTimmBlocks(weights, `${trunk}.blocks`, width),
    postNorm: readNorm(weights, `${trunk}.norm`, width),
    pool: readAttentionPool(weights, trunk, width),
  };
}
