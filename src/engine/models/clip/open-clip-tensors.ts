import { slice, transpose } from '../../graph/operations';
import { modelInvalid, modelUnsupported } from '../parts/model-error';
import type { StoredTensors } from '../parts/stored-tensors';
import type { BlockNodes, LinearNodes, NormNodes, TextNodes, TransformerShape } from '../parts/text-nodes';
import type { OpenClipModel, OpenClipVision } from './open-clip-config';

/** What a norm's configuration leaves out. */
export const EPSILON = 1e-5;

/** Before the names of the text tower's tensors: it is a part of its own in `CustomTextCLIP`, and the model itself in `CLIP`. */
export const textPrefix = (weights: StoredTensors): string =>
  weights.has('text.token_embedding.weight') ? 'text.' : '';

/** Names of what is read as values. */
export const openClipTables = (weights: StoredTensors) => ({
  tokens: `${textPrefix(weights)}token_embedding.weight`,
  positions: `${textPrefix(weights)}positional_embedding`,
  logitScale: 'logit_scale',
});

/** open_clip's text transformer; its projection is a matrix, or a layer with a bias (`proj_bias`). */
export function readText(
  file: string,
  weights: StoredTensors,
  { text_cfg: text, embed_dim: embedWidth }: OpenClipModel,
  activation: TransformerShape['activation'],
): TextNodes {
  const prefix = textPrefix(weights);
  const { width } = text;
  const projection = `${prefix}text_projection`;
  return {
    ...shapeOf(file, 'text_cfg', {
      width,
      heads: text.heads,
      activation,
      epsilon: text.norm_kwargs?.eps ?? EPSILON,
    }),
    blocks: readBlocks(weights, `${prefix}transformer.resblocks`, text.layers, width, text.mlp_ratio),
    finalNorm: readNorm(weights, `${prefix}ln_final`, width),
    projection:
      text['proj_bias'] === true
        ? {
            weight: weights.node(`${projection}.weight`, [embedWidth, width]),
            bias: weights.node(`${projection}.bias`, [embedWidth]),
          }
        : readMatrix(weights, projection, width, embedWidth),
  };
}

export function sideOf(file: string, { image_size: size }: OpenClipVision): number {
  if (typeof size === 'number') return size;
  if (size[0] !== size[1])
    throw modelUnsupported(file, `the image tower takes ${size.join(' × ')} pixels, not a square`);
  return size[0];
}

export function shapeOf(file: string, section: string, shape: TransformerShape): TransformerShape {
  if (Number.isInteger(shape.heads) && shape.width % shape.heads === 0) return shape;
  throw modelInvalid(file, `${section}.width ${shape.width} does not divide into heads`);
}

export function readNorm(weights: StoredTensors, name: string, width: number): NormNodes {
  return { weight: weights.node(`${name}.weight`, [width]), bias: weights.node(`${name}.bias`, [width]) };
}

/** A projection stored as the matrix of x @ W, [in, out]. */
export function readMatrix(weights: StoredTensors, name: string, input: number, out: number): LinearNodes {
  return { weight: transpose(weights.node(name, [input, out]), [1, 0]), bias: null };
}

export function readBlocks(
  weights: StoredTensors,
  prefix: string,
  layers: number,
  width: number,
  mlpRatio: number,
): BlockNodes[] {
  const inner = Math.trunc(width * mlpRatio);
  const linear = (name: string, out: number, input: number): LinearNodes => ({
    weight: weights.node(`${name}.weight`, [out, input]),
    bias: weights.node(`${name}.bias`, [out]),
  });
  return Array.from({ length: layers }, (_, layer) => {
    const block = `${prefix}.${layer}`;
    const weight = weights.node(`${block}.attn.in_proj_weight`, [3 * width, width]);
    const bias = weights.node(`${block}.attn.in_proj_bias`, [3 * width]);
    const part = (start: number, length: number): LinearNodes => ({
      weight: slice(weight, 0, start, length),
      bias: slice(bias, 0, start, length),
    });
    return {
      norm1: readNorm(weights, `${block}.ln_1`, width),
      queryKeyValue: { weight, bias },
      query: part(0, width),
      keyValue: part(width, 2 * width),
      out: linear(`${block}.attn.out_proj`, width, width),
      norm2: readNorm(weights, `${block}.ln_2`, width),
      fc: linear(`${block}.mlp.c_fc`, inner, width),
      proj: linear(`${block}.mlp.c_proj`, width, inner),
    };
  });
}
