import { join } from 'node:path';
import * as v from 'valibot';
import { slice, transpose } from '../../graph/operations';
import { modelInvalid, modelUnsupported } from '../parts/model-error';
import type { OpenedParts } from '../parts/opened-parts';
import { count, epsilon, readConfig } from '../parts/read-config';
import type { StoredTensors } from '../parts/stored-tensors';
import type { BlockNodes, LinearNodes, NormNodes, TransformerShape } from '../parts/text-nodes';
import type { VisionNodes } from '../parts/vision-nodes';
import { openAiConfig } from './open-ai-config';
import { readOpenClipPreprocess } from './open-clip-preprocess';
import { readOpenClipResNet } from './open-clip-resnet';

const options = v.nullish(v.record(v.string(), v.unknown()));
const normOptions = v.nullish(v.object({ eps: v.nullish(epsilon) }));
const ratio = v.nullish(v.number(), 4);

const VISION = v.looseObject({
  layers: v.nullish(v.union([count, v.tuple([count, count, count, count])]), 12),
  width: v.nullish(count, 768),
  head_width: v.nullish(count, 64),
  mlp_ratio: ratio,
  patch_size: v.nullish(count, 16),
  image_size: v.nullish(v.union([count, v.tuple([count, count])]), 224),
  norm_kwargs: normOptions,
  act_kwargs: options,
});

const TEXT = v.looseObject({
  context_length: v.nullish(count, 77),
  vocab_size: v.nullish(count, 49408),
  width: v.nullish(count, 512),
  heads: v.nullish(count, 8),
  layers: v.nullish(count, 12),
  mlp_ratio: ratio,
  norm_kwargs: normOptions,
  act_kwargs: options,
});

const CONFIG = v.object({
  model_cfg: v.looseObject({
    embed_dim: count,
    quick_gelu: v.nullish(v.boolean(), false),
    vision_cfg: VISION,
    text_cfg: TEXT,
  }),
  preprocess_cfg: v.nullish(v.record(v.string(), v.unknown()), {}),
});

type Config = v.InferOutput<typeof CONFIG>['model_cfg'];
type VisionConfig = v.InferOutput<typeof VISION>;

/** Options that make another function of the model: [section, option, value of a plain CLIP, what it means]. */
const PLAIN: readonly (readonly [
  section: 'model_cfg' | 'vision_cfg' | 'text_cfg',
  option: string,
  plain: unknown,
  meaning: string,
])[] = [
  ['vision_cfg', 'timm_model_name', null, 'the image tower is a timm model'],
  ['vision_cfg', 'attentional_pool', false, 'the image tower pools by learned queries'],
  ['vision_cfg', 'no_ln_pre', false, 'the image tower has no first layer norm'],
  ['vision_cfg', 'pos_embed_type', 'learnable', 'the image tower has other positional embeddings'],
  ['vision_cfg', 'pool_type', 'tok', 'the image tower does not pool its class row'],
  ['vision_cfg', 'ls_init_value', null, 'the image tower scales its layers'],
  [
    'text_cfg',
    'no_causal_mask',
    false,
    'the text tower has no causal mask, so prompts cannot share their work',
  ],
  ['text_cfg', 'hf_model_name', null, 'the text tower is a transformers model'],
  ['text_cfg', 'embed_cls', false, 'the text tower appends a class row'],
  ['text_cfg', 'pool_type', 'argmax', 'the text tower does not pool the end-of-text row'],
  ['text_cfg', 'proj_type', 'linear', 'the text tower has another projection'],
  ['text_cfg', 'proj_bias', false, 'the text projection has a bias'],
  ['text_cfg', 'ls_init_value', null, 'the text tower scales its layers'],
  ['model_cfg', 'init_logit_bias', null, 'it was trained with a sigmoid loss (SigLIP)'],
  ['model_cfg', 'multimodal_cfg', null, 'it has a text decoder (CoCa)'],
];

/**
 * Reads open_clip's layout: open_clip_config.json beside open_clip_model.safetensors (OpenAI's own tensor names).
 * @throws CoopError `model.missing`, `model.invalid`, `model.unsupported`
 */
export async function readOpenClipLayout(folder: string, weights: StoredTensors): Promise<OpenedParts> {
  const configFile = join(folder, 'open_clip_config.json');
  const { model_cfg: model, preprocess_cfg: preprocess } = await readConfig(configFile, CONFIG);
  checkPlain(configFile, model);
  return { layout: 'open-clip', ...partsOf(configFile, weights, model, preprocess) };
}

/**
 * Reads OpenAI's state dict: open_clip's tensor names in one .safetensors file with no configuration beside it.
 * @throws CoopError `model.invalid`
 */
export function readOpenAiLayout(file: string, weights: StoredTensors): OpenedParts {
  const checked = v.safeParse(CONFIG, { model_cfg: openAiConfig(weights, file) });
  if (!checked.success)
    throw modelInvalid(file, `its tensors’ shapes are no CLIP’s: ${checked.issues[0].message}`);
  return { layout: 'open-ai', ...partsOf(file, weights, checked.output.model_cfg, {}) };
}

function partsOf(
  configFile: string,
  weights: StoredTensors,
  model: Config,
  preprocess: Readonly<Record<string, unknown>>,
): Omit<OpenedParts, 'layout'> {
  const { vision_cfg: vision, text_cfg: text, embed_dim: embedWidth } = model;
  const activation = model.quick_gelu ? 'quick_gelu' : 'gelu';
  const imageSize = sideOf(configFile, vision);
  // The text tower is a part of its own in `CustomTextCLIP`, and the model itself in `CLIP`.
  const prefix = weights.has('text.token_embedding.weight') ? 'text.' : '';
  return {
    configFiles: [configFile],
    weights,
    embedWidth,
    contextLength: text.context_length,
    vocabularySize: text.vocab_size,
    text: {
      ...shapeOf(configFile, 'text_cfg', {
        width: text.width,
        heads: text.heads,
        activation,
        epsilon: text.norm_kwargs?.eps ?? EPSILON,
      }),
      blocks: readBlocks(weights, `${prefix}transformer.resblocks`, text.layers, text.width, text.mlp_ratio),
      finalNorm: readNorm(weights, `${prefix}ln_final`, text.width),
      projection: readMatrix(weights, `${prefix}text_projection`, text.width, embedWidth),
    },
    vision: readVision(configFile, weights, vision, { embedWidth, imageSize, activation }),
    preprocess: readOpenClipPreprocess(configFile, preprocess, imageSize),
    tables: {
      tokens: `${prefix}token_embedding.weight`,
      positions: `${prefix}positional_embedding`,
      logitScale: 'logit_scale',
    },
  };
}

const EPSILON = 1e-5;

function checkPlain(file: string, model: Config): void {
  const sections = { model_cfg: model, vision_cfg: model.vision_cfg, text_cfg: model.text_cfg };
  for (const [section, option, plain, meaning] of PLAIN) {
    const value = (sections[section] as Readonly<Record<string, unknown>>)[option];
    if (value != null && value !== plain) throw modelUnsupported(file, `${meaning} (${section}.${option})`);
  }
  for (const section of ['vision_cfg', 'text_cfg'] as const) {
    if (Object.keys(sections[section].act_kwargs ?? {}).length > 0)
      throw modelUnsupported(file, `the activation is another one (${section}.act_kwargs)`);
  }
}

function sideOf(file: string, { image_size: size }: VisionConfig): number {
  if (typeof size === 'number') return size;
  if (size[0] !== size[1])
    throw modelUnsupported(file, `the image tower takes ${size.join(' × ')} pixels, not a square`);
  return size[0];
}

function shapeOf(file: string, section: string, shape: TransformerShape): TransformerShape {
  if (Number.isInteger(shape.heads) && shape.width % shape.heads === 0) return shape;
  throw modelInvalid(file, `${section}.width ${shape.width} does not divide into heads`);
}

function readVision(
  file: string,
  weights: StoredTensors,
  config: VisionConfig,
  rest: {
    readonly embedWidth: number;
    readonly imageSize: number;
    readonly activation: TransformerShape['activation'];
  },
): VisionNodes {
  const { layers, width, patch_size: patch, head_width: headWidth } = config;
  const { embedWidth, imageSize, activation } = rest;
  if (typeof layers !== 'number') {
    const heads = (width * 32) / headWidth;
    if (!Number.isInteger(heads) || width % 2 !== 0 || imageSize < 32) {
      throw modelInvalid(
        file,
        `vision_cfg: width ${width}, head_width ${headWidth} and image_size ${imageSize} do not fit together`,
      );
    }
    return readOpenClipResNet(weights, { layers, width, heads, imageSize, embedWidth });
  }
  const side = Math.floor(imageSize / patch);
  const epsilon = config.norm_kwargs?.eps ?? EPSILON;
  return {
    ...shapeOf(file, 'vision_cfg', { width, heads: width / headWidth, activation, epsilon }),
    kind: 'vit',
    patch: weights.node('visual.conv1.weight', [width, 3, patch, patch]),
    classEmbedding: weights.node('visual.class_embedding', [width]),
    positions: weights.node('visual.positional_embedding', [1 + side * side, width]),
    preNorm: readNorm(weights, 'visual.ln_pre', width),
    blocks: readBlocks(weights, 'visual.transformer.resblocks', layers, width, config.mlp_ratio),
    postNorm: readNorm(weights, 'visual.ln_post', width),
    projection: readMatrix(weights, 'visual.proj', width, embedWidth),
  };
}

function readNorm(weights: StoredTensors, name: string, width: number): NormNodes {
  return { weight: weights.node(`${name}.weight`, [width]), bias: weights.node(`${name}.bias`, [width]) };
}

/** A projection stored as the matrix of x @ W, [in, out]. */
function readMatrix(weights: StoredTensors, name: string, input: number, out: number): LinearNodes {
  return { weight: transpose(weights.node(name, [input, out]), [1, 0]), bias: null };
}

function readBlocks(
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
