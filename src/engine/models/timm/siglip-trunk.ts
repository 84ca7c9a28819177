import { linear, reshape } from '../../graph/operations';
import { readLinear, readNorm } from '../parts/hugging-face-tensors';
import { modelInvalid } from '../parts/model-error';
import type { StoredTensors } from '../parts/stored-tensors';
import type { SiglipVision } from '../siglip/siglip-vision';
import type { TimmVit } from './timm-vits';
import { EPSILON, readTimmBlocks, shapeOfTensor } from './trunk-tensors';

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
  const pool = `${trunk}.attn_pool`;
  const [inner] = shapeOfTensor(weights, `${pool}.mlp.fc1.weight`, 2) as [number, number];
  const latent = weights.node(`${pool}.latent`, [1, 1, width]);
  const query = readLinear(weights, `${pool}.q`, width, width);
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
    pool: {
      query: linear(reshape(latent, [1, width]), query.weight, query.bias),
      keyValue: readLinear(weights, `${pool}.kv`, 2 * width, width),
      out: readLinear(weights, `${pool}.proj`, width, width),
      norm: readNorm(weights, `${pool}.norm`, width),
      fc: readLinear(weights, `${pool}.mlp.fc1`, inner, width),
      proj: readLinear(weights, `${pool}.mlp.fc2`, width, inner),
    },
  };
}
