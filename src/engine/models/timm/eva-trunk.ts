import { concat, constant, reshape } from '../../graph/operations';
import { readLinear, readNorm } from '../parts/hugging-face-tensors';
import { modelInvalid } from '../parts/model-error';
import type { StoredTensors } from '../parts/stored-tensors';
import type { LinearNodes, NormNodes } from '../parts/text-nodes';
import type { EvaBlock, EvaVision } from './eva-tower';
import type { TimmEva } from './timm-vits';
import { readAttentionPool, shapeOfTensor } from './trunk-tensors';

const TRUNK = 'visual.trunk';

/**
 * An image tower of timm's `Eva`; sizes are those of the tensors.
 * @param side of the images, in pixels
 * @param embedWidth E
 */
export function readEvaTrunk(
  weights: StoredTensors,
  eva: TimmEva,
  side: number,
  embedWidth: number,
): EvaVision {
  const { heads, epsilon, reference, offset, indexing, poolHeads } = eva;
  const patchName = `${TRUNK}.patch_embed.proj`;
  const [width, , patch] = shapeOfTensor(weights, `${patchName}.weight`, 4) as [number, number, number];
  if (width % (4 * heads) !== 0)
    throw modelInvalid(
      weights.shownFile,
      `its image tower’s width ${width} does not divide into ${heads} heads of pairs`,
    );
  const grid = Math.floor(side / patch);
  const tokens = 1 + grid * grid;
  const optionalNorm = (name: string, size: number): NormNodes | null =>
    weights.has(`${name}.weight`) ? readNorm(weights, name, size) : null;
  const layers = weights.count(`${TRUNK}.blocks.`, '.norm1.weight');
  return {
    width,
    heads,
    epsilon,
    grid: { side: grid, reference, offset, indexing },
    patch: {
      weight: weights.node(`${patchName}.weight`, [width, 3, patch, patch]),
      bias: weights.has(`${patchName}.bias`) ? weights.node(`${patchName}.bias`, [width]) : null,
    },
    classRow: weights.node(`${TRUNK}.cls_token`, [1, 1, width]),
    positions: reshape(weights.node(`${TRUNK}.pos_embed`, [1, tokens, width]), [tokens, width]),
    preNorm: optionalNorm(`${TRUNK}.norm_pre`, width),
    blocks: Array.from({ length: layers }, (_, layer) =>
      readBlock(weights, `${TRUNK}.blocks.${layer}`, width),
    ),
    postNorm: readNorm(weights, `${TRUNK}.norm`, width),
    pool: poolHeads === null ? null : { ...readAttentionPool(weights, TRUNK, width), heads: poolHeads },
    projection: readLinear(weights, `${TRUNK}.head`, embedWidth, width),
  };

  function readBlock(stored: StoredTensors, block: string, size: number): EvaBlock {
    const [inner] = shapeOfTensor(stored, `${block}.mlp.fc2.weight`, 2).slice(1) as [number];
    const gated = stored.has(`${block}.mlp.fc1_g.weight`);
    return {
      norm1: readNorm(stored, `${block}.norm1`, size),
      queryKeyValue: readQueryKeyValue(stored, `${block}.attn`, size),
      innerNorm: optionalNorm(`${block}.attn.norm`, size),
      out: readLinear(stored, `${block}.attn.proj`, size, size),
      norm2: readNorm(stored, `${block}.norm2`, size),
      mlp: gated
        ? {
            kind: 'swiglu',
            gate: readLinear(stored, `${block}.mlp.fc1_g`, inner, size),
            fc: readLinear(stored, `${block}.mlp.fc1_x`, inner, size),
            norm: readNorm(stored, `${block}.mlp.norm`, inner),
            proj: readLinear(stored, `${block}.mlp.fc2`, size, inner),
          }
        : {
            kind: 'gelu',
            fc: readLinear(stored, `${block}.mlp.fc1`, inner, size),
            proj: readLinear(stored, `${block}.mlp.fc2`, size, inner),
          },
    };
  }
}

/** In one matrix, or in three of which the key's has no bias. */
function readQueryKeyValue(weights: StoredTensors, attention: string, width: number): LinearNodes {
  if (weights.has(`${attention}.qkv.weight`))
    return readLinear(weights, `${attention}.qkv`, 3 * width, width);
  const part = (name: string) => weights.node(`${attention}.${name}`, [width, width]);
  const bias = (name: string) => weights.node(`${attention}.${name}`, [width]);
  const none = constant(new Float32Array(width), [width]);
  return {
    weight: concat([part('q_proj.weight'), part('k_proj.weight'), part('v_proj.weight')], 0),
    bias: concat([bias('q_proj.bias'), none, bias('v_proj.bias')], 0),
  };
}
