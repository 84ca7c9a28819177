import { join } from 'node:path';
import * as v from 'valibot';
import { slice, transpose } from '../graph/operations';
import { modelInvalid, modelUnsupported } from './model-error';
import { readOpenClipPreprocess } from './open-clip-preprocess';
import { readOpenClipResNet } from './open-clip-resnet';
import type { OpenedParts } from './opened-parts';
import { count, readConfig } from './read-config';
import type { StoredTensors } from './stored-tensors';
import type { BlockNodes, LinearNodes, NormNodes, TransformerShape } from './text-nodes';
import type { VisionNodes } from './vision-nodes';

const EPSILON = 1e-5;
const absent = v.nullish(v.literal(false), false);

const TEXT = v.object({
  context_length: v.nullish(count, 77),
  vocab_size: v.nullish(count, 49408),
  width: v.nullish(count, 512),
  heads: v.nullish(count, 8),
  layers: v.nullish(count, 12),
  mlp_ratio: v.nullish(v.number(), 4),
  pool_type: v.nullish(v.string(), 'argmax'),
  no_causal_mask: v.nullish(v.boolean(), false),
  embed_cls: absent,
  proj_bias: absent,
  hf_model_name: v.nullish(v.string()),
});

const VISION = v.object({
  image_size: v.nullish(count, 224),
  layers: v.nullish(v.union([count, v.tuple([count, count, count, count])]), 12),
  width: v.nullish(count, 768),
  head_width: v.nullish(count, 64),
  mlp_ratio: v.nullish(v.number(), 4),
  patch_size: v.nullish(count, 16),
  timm_model_name: v.nullish(v.string()),
  attentional_pool: absent,
  no_ln_pre: absent,
  pool_type: v.nullish(v.string(), 'tok'),
});

const CONFIG = v.object({
  model_cfg: v.object({
    embed_dim: count,
    quick_gelu: v.nullish(v.boolean(), false),
    custom_text: v.nullish(v.boolean(), false),
    text_cfg: TEXT,
    vision_cfg: VISION,
  }),
  preprocess_cfg: v.nullish(v.record(v.string(), v.unknown()), {}),
});

/**
 * Reads open_clip's layout: open_clip_config.json beside open_clip_model.safetensors (also OpenAI's own tensor names).
 * @throws CoopError `model.missing`, `model.invalid`, `model.unsupported`
 */
export async function readOpenClipLayout(folder: string, weights: StoredTensors): Promise<OpenedParts> {
  const configFile = join(folder, 'open_clip_config.json');
  const { model_cfg: model, preprocess_cfg: preprocess } = await readConfig(configFile, CONFIG);
  const { text_cfg: text, vision_cfg: vision, embed_dim: embedWidth } = model;
  checkKind(configFile, text, vision);
  const activation = model.quick_gelu ? 'quick_gelu' : 'gelu';
  // A custom text tower is an object of its own, so its tensors have a prefix.
  const prefix = weights.has('text.token_embedding.weight') ? 'text.' : '';
  const shape: TransformerShape = { width: text.width, heads: text.heads, activation, epsilon: EPSILON };
  if (text.width % text.heads !== 0)
    throw modelInvalid(configFile, `text_cfg.width ${text.width} does not divide into ${text.heads} heads`);
  return {
    configFile,
    weights,
    embedWidth,
    contextLength: text.context_length,
    vocabularySize: text.vocab_size,
    text: {
      ...shape,
      blocks: readBlocks(weights, `${prefix}transformer.resblocks`, text.layers, text.width, text.mlp_ratio),
      finalNorm: readNorm(weights, `${prefix}ln_final`, text.width),
      projection: readMatrix(weights, `${prefix}text_projection`, text.width, embedWidth),
    },
    vision: readVision(configFile, weights, vision, activation, embedWidth),
    preprocess: readOpenClipPreprocess(configFile, preprocess, vision.image_size),
    tables: {
      tokens: `${prefix}token_embedding.weight`,
      positions: `${prefix}positional_embedding`,
      logitScale: 'logit_scale',
    },
  };
}

function checkKind(
  file: string,
  text: v.InferOutput<typeof TEXT>,
  vision: v.InferOutput<typeof VISION>,
): void {
  if (text.hf_model_name != null)
    throw modelUnsupported(file, `its text tower is ${text.hf_model_name}, not CLIP's`);
  if (text.no_causal_mask)
    throw modelUnsupported(file, 'its text tower has no causal mask, so prompts cannot share their work');
  if (text.pool_type !== 'argmax')
    throw modelUnsupported(file, `text_cfg.pool_type is ${text.pool_type}, not argmax`);
  if (vision.timm_model_name != null)
    throw modelUnsupported(file, `its image tower is timm's ${vision.timm_model_name}, not CLIP's`);
  if (vision.pool_type !== 'tok')
    throw modelUnsupported(file, `vision_cfg.pool_type is ${vision.pool_type}, not tok`);
}

function readVision(
  file: string,
  weights: StoredTensors,
  config: v.InferOutput<typeof VISION>,
  activation: TransformerShape['activation'],
  embedWidth: number,
): VisionNodes {
  const { layers, width, head_width: headWidth, patch_size: patch, image_size: size } = config;
  if (typeof layers !== 'number')
    return readOpenClipResNet(weights, { layers, width, headWidth, size, embedWidth });
  if (width % headWidth !== 0)
    throw modelInvalid(file, `vision_cfg.width ${width} does not divide into heads of ${headWidth}`);
  const side = Math.floor(size / patch);
  return {
    kind: 'vit',
    width,
    heads: width / headWidth,
    activation,
    epsilon: EPSILON,
    patch: weights.node('visual.conv1.weight', [width, 3, patch, patch]),
    classEmbedding: weights.node('visual.class_embedding', [width]),
    positions: weights.node('visual.positional_embedding', [1 + side * side, width]),
    preNorm: readNorm(weights, 'visual.ln_pre', width),
    blocks: readBlocks(weights, 'visual.transformer.resblocks', layers, width, config.mlp_ratio),
    postNorm: readNorm(weights, 'visual.ln_post', width),
    projection: readMatrix(weights, 'visual.proj', width, embedWidth),
  };
}

/** A projection stored as the matrix of x @ W, [in, out], as a linear layer's [out, in]. */
function readMatrix(weights: StoredTensors, name: string, input: number, out: number): LinearNodes {
  return { weight: transpose(weights.node(name, [input, out]), [1, 0]), bias: null };
}

export function readNorm(weights: StoredTensors, name: string, width: number): NormNodes {
  return { weight: weights.node(`${name}.weight`, [width]), bias: weights.node(`${name}.bias`, [width]) };
}

export function readLinear(weights: StoredTensors, name: string, out: number, input: number) {
  return { weight: weights.node(`${name}.weight`, [out, input]), bias: weights.node(`${name}.bias`, [out]) };
}

function readBlocks(
  weights: StoredTensors,
  prefix: string,
  layers: number,
  width: number,
  mlpRatio: number,
): BlockNodes[] {
  const inner = Math.round(width * mlpRatio);
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
      out: readLinear(weights, `${block}.attn.out_proj`, width, width),
      norm2: readNorm(weights, `${block}.ln_2`, width),
      fc: readLinear(weights, `${block}.mlp.c_fc`, inner, width),
      proj: readLinear(weights, `${block}.mlp.c_proj`, width, inner),
    };
  });
}
