import { join } from 'node:path';
import * as v from 'valibot';
import { linear, reshape, slice } from '../../graph/operations';
import { PREPROCESSOR_FILES, readHuggingFacePreprocess } from '../clip/hugging-face-preprocess';
import { readBlocks, readLinear, readNorm, shapeOf, towerFields } from '../parts/hugging-face-tensors';
import type { Layout } from '../parts/layout';
import { modelInvalid, modelUnsupported } from '../parts/model-error';
import type { ModelFiles } from '../parts/model-files';
import type { OpenedParts } from '../parts/opened-parts';
import { count, readConfig } from '../parts/read-config';
import type { StoredTensors } from '../parts/stored-tensors';
import { siglipTokenizer } from '../tokenizer/siglip-tokenizer';
import { siglipText } from './siglip-text';
import { type SiglipVision, siglipVision } from './siglip-vision';

/** What transformers leaves out when it is google/siglip-base-patch16-224's (configuration_siglip.py). */
const tower = {
  ...towerFields({ hidden_act: 'gelu_pytorch_tanh', layer_norm_eps: 1e-6, num_hidden_layers: 12 }),
  hidden_size: v.nullish(count, 768),
  intermediate_size: v.nullish(count, 3072),
  num_attention_heads: v.nullish(count, 12),
};

const TEXT = v.object({
  ...tower,
  vocab_size: v.nullish(count, 32000),
  max_position_embeddings: v.nullish(count, 64),
  projection_size: v.nullish(count),
});

const VISION = v.object({
  ...tower,
  num_channels: v.nullish(count, 3),
  image_size: v.nullish(count, 224),
  patch_size: v.nullish(count, 16),
  vision_use_head: v.nullish(v.boolean(), true),
});

const CONFIG = v.object({
  model_type: v.nullish(v.string()),
  text_config: v.nullish(TEXT, {}),
  vision_config: v.nullish(VISION, {}),
});

const PATCH = 'vision_model.embeddings.patch_embedding';

/**
 * transformers' `SiglipModel`, which SigLIP 2 of a fixed image size is too. Its NaFlex models (`Siglip2Model`) take images of
 * any shape as a list of patches and are refused.
 */
export const huggingFaceSiglip: Layout = {
  matches: weights =>
    weights.has('text_model.embeddings.token_embedding.weight') &&
    ['text_model.head.weight', 'vision_model.head.probe', 'logit_bias'].some(name => weights.has(name)),
  read,
};

async function read({ folder }: ModelFiles, weights: StoredTensors): Promise<OpenedParts> {
  const configFile = join(folder, 'config.json');
  const { model_type: type } = await readConfig(configFile, v.object({ model_type: v.nullish(v.string()) }));
  if (type !== 'siglip' && type !== 'siglip2')
    throw modelUnsupported(
      configFile,
      `model_type is ${type ?? 'missing'}, but its tensors are those of siglip`,
    );
  if (weights.shape(`${PATCH}.weight`)?.length === 2)
    throw modelUnsupported(
      configFile,
      'it is a SigLIP 2 of the NaFlex kind, whose images are lists of patches of any shape',
      'Use a SigLIP 2 of a fixed size, such as google/siglip2-base-patch16-224.',
    );
  const { text_config: text, vision_config: vision } = await readConfig(configFile, CONFIG);
  if (vision.num_channels !== 3)
    throw modelUnsupported(configFile, `vision_config.num_channels is ${vision.num_channels}, not 3`);
  if (!vision.vision_use_head)
    throw modelUnsupported(configFile, 'the image tower has no pooling head (vision_config.vision_use_head)');
  const embedWidth = text.projection_size ?? text.hidden_size;
  if (embedWidth !== vision.hidden_size)
    throw modelInvalid(
      configFile,
      `the text tower gives ${embedWidth} numbers (text_config.projection_size), the image tower ${vision.hidden_size}`,
    );
  const textNodes = {
    ...shapeOf(configFile, 'text_config', text),
    blocks: readBlocks(weights, 'text_model.encoder.layers', text),
    finalNorm: readNorm(weights, 'text_model.final_layer_norm', text.hidden_size),
    projection: readLinear(weights, 'text_model.head', embedWidth, text.hidden_size),
  };
  const tokenizer = siglipTokenizer(folder, 'transformers');
  const visionNodes = readVision(configFile, weights, vision);
  return {
    layout: 'siglip',
    assumption: null,
    configFiles: [configFile, ...PREPROCESSOR_FILES.map(name => join(folder, name))],
    weights,
    embedWidth,
    contextLength: text.max_position_embeddings,
    vocabularySize: text.vocab_size,
    text: siglipText(textNodes, {
      contextLength: text.max_position_embeddings,
      padding: async () => (await tokenizer.load()).padding,
    }),
    vision: { pooled: image => siglipVision(visionNodes, image), projection: null },
    preprocess: await readHuggingFacePreprocess(folder, vision.image_size, 'Siglip'),
    tables: {
      tokens: 'text_model.embeddings.token_embedding.weight',
      positions: 'text_model.embeddings.position_embedding.weight',
      logitScale: 'logit_scale',
      logitBias: 'logit_bias',
    },
    tokenizer,
  };
}

function readVision(
  file: string,
  weights: StoredTensors,
  config: v.InferOutput<typeof VISION>,
): SiglipVision {
  const { hidden_size: width, intermediate_size: inner, patch_size: patch } = config;
  const side = Math.floor(config.image_size / patch);
  const head = 'vision_model.head';
  const probe = weights.node(`${head}.probe`, [1, 1, width]);
  const weight = weights.node(`${head}.attention.in_proj_weight`, [3 * width, width]);
  const bias = weights.node(`${head}.attention.in_proj_bias`, [3 * width]);
  return {
    ...shapeOf(file, 'vision_config', config),
    patch: {
      weight: weights.node(`${PATCH}.weight`, [width, 3, patch, patch]),
      bias: weights.node(`${PATCH}.bias`, [width]),
    },
    positions: weights.node('vision_model.embeddings.position_embedding.weight', [side * side, width]),
    blocks: readBlocks(weights, 'vision_model.encoder.layers', config),
    postNorm: readNorm(weights, 'vision_model.post_layernorm', width),
    pool: {
      query: linear(reshape(probe, [1, width]), slice(weight, 0, 0, width), slice(bias, 0, 0, width)),
      keyValue: {
        weight: slice(weight, 0, width, 2 * width),
        bias: slice(bias, 0, width, 2 * width),
      },
      out: readLinear(weights, `${head}.attention.out_proj`, width, width),
      norm: readNorm(weights, `${head}.layernorm`, width),
      fc: readLinear(weights, `${head}.mlp.fc1`, inner, width),
      proj: readLinear(weights, `${head}.mlp.fc2`, width, inner),
    },
  };
}
