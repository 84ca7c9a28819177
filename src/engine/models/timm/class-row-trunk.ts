import { reshape } from '../../graph/operations';
import { readNorm } from '../parts/hugging-face-tensors';
import { modelInvalid } from '../parts/model-error';
import type { StoredTensors } from '../parts/stored-tensors';
import type { VitNodes } from '../parts/vision-nodes';
import type { TimmVit } from './timm-vits';
import { EPSILON, readTimmBlocks, shapeOfTensor } from './trunk-tensors';

const TRUNK = 'visual.trunk';

/**
 * timm's plain `VisionTransformer` with a class row, projected by open_clip's head (`timm_proj` linear); sizes are those of the
 * tensors.
 * @param side of the images, in pixels
 * @param embedWidth E
 */
export function readClassRowTrunk(
  weights: StoredTensors,
  { heads, activation }: TimmVit,
  side: number,
  embedWidth: number,
): VitNodes {
  const name = `${TRUNK}.patch_embed.proj`;
  const [width, , patch] = shapeOfTensor(weights, `${name}.weight`, 4) as [number, number, number];
  if (width % heads !== 0)
    throw modelInvalid(
      weights.shownFile,
      `its image tower’s width ${width} does not divide into ${heads} heads`,
    );
  const tokens = 1 + Math.floor(side / patch) ** 2;
  return {
    kind: 'vit',
    width,
    heads,
    activation,
    epsilon: EPSILON,
    patch: weights.node(`${name}.weight`, [width, 3, patch, patch]),
    patchBias: weights.node(`${name}.bias`, [width]),
    classEmbedding: reshape(weights.node(`${TRUNK}.cls_token`, [1, 1, width]), [width]),
    positions: reshape(weights.node(`${TRUNK}.pos_embed`, [1, tokens, width]), [tokens, width]),
    preNorm: null,
    blocks: readTimmBlocks(weights, `${TRUNK}.blocks`, width),
    postNorm: readNorm(weights, `${TRUNK}.norm`, width),
    projection: { weight: weights.node('visual.head.proj.weight', [embedWidth, width]), bias: null },
  };
}
