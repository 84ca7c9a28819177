import { join } from 'node:path';
import * as v from 'valibot';
import { concat } from '../../graph/operations';
import type { Layout } from '../parts/layout';
import { modelInvalid, modelUnsupported } from '../parts/model-error';
import type { ModelFiles } from '../parts/model-files';
import type { OpenedParts } from '../parts/opened-parts';
import { count, epsilon, readConfig } from '../parts/read-config';
import type { StoredTensors } from '../parts/stored-tensors';
import type { BlockNodes, LinearNodes, NormNodes, TransformerShape } from '../parts/text-nodes';
import type { VitNodes } from '../parts/vision-nodes';
import { clipTokenizer } from '../tokenizer/load-tokenizer';
import { PREPROCESSOR_FILES, readHuggingFacePreprocess } from './hugging-face-preprocess';
import { TrieTower } from './trie-tower';
import { vitTower } from './vit-tower';

/** Fields that transformers leaves out when they have the values of openai/clip-vit-base-patch32. */
const tower = {
  hidden_act: v.nullish(v.string(), 'quick_gelu'),
  layer_norm_eps: v.nullish(epsilon, 1e-5),
  num_hidden_layers: v.nullish(count, 12),
};

const TEXT = v.object({
  ...tower,
  hidden_size: v.nullish(count, 512),
  intermediate_size: v.nullish(count, 2048),
  num_attention_heads: v.nullish(count, 8),
  max_position_embeddings: v.nullish(count, 77),
  vocab_size: v.nullish(count, 49408),
});

const VISION = v.object({
  ...tower,
  hidden_size: v.nullish(count, 768),
  intermediate_size: v.nullish(count, 3072),
  num_attention_heads: v.nullish(count, 12),
  num_channels: v.nullish(count, 3),
  image_size: v.nullish(count, 224),
  patch_size: v.nullish(count, 32),
});

const record = v.nullish(v.record(v.string(), v.unknown()), {});

const CONFIG = v.object({
  model_type: v.nullish(v.string()),
  architectures: v.nullish(v.array(v.string())),
  projection_dim: v.nullish(count, 512),
  text_config: record,
  vision_config: record,
  // Older files repeat the towers here.
  text_config_dict: v.nullish(v.record(v.string(), v.unknown())),
  vision_config_dict: v.nullish(v.record(v.string(), v.unknown())),
});

const TOWERS = v.object({ text_config: TEXT, vision_config: VISION });

/** transformers' `CLIPModel`: config.json beside its weights. */
export const huggingFaceLayout: Layout = {
  matches: weights => weights.has('text_model.embeddings.token_embedding.weight'),
  read,
};

async function read({ folder }: ModelFiles, weights: StoredTensors): Promise<OpenedParts> {
  const configFile = join(folder, 'config.json');
  const config = await readConfig(configFile, CONFIG);
  checkKind(configFile, config);
  const towers = v.safeParse(TOWERS, {
    // transformers completes the second with the defaults before it replaces the first (configuration_clip.py,
    // CLIPConfig.__init__): what it leaves out has its default, whatever the first says.
    text_config: config.text_config_dict ?? config.text_config,
    vision_config: config.vision_config_dict ?? config.vision_config,
  });
  if (!towers.success) {
    const [issue] = towers.issues;
    throw modelInvalid(configFile, `${v.getDotPath(issue)}: ${issue.message}`);
  }
  const { text_config: text, vision_config: vision } = towers.output;
  if (vision.num_channels !== 3) {
    throw modelUnsupported(configFile, `vision_config.num_channels is ${vision.num_channels}, not 3`);
  }
  const embedWidth = config.projection_dim;
  const textShape = shapeOf(configFile, 'text_config', text);
  const projection = (name: string, width: number): LinearNodes => ({
    weight: weights.node(`${name}.weight`, [embedWidth, width]),
    bias: null,
  });
  const tower = new TrieTower({
    ...textShape,
    blocks: readBlocks(weights, 'text_model.encoder.layers', text),
    finalNorm: readNorm(weights, 'text_model.final_layer_norm', text.hidden_size),
    projection: projection('text_projection', text.hidden_size),
  });
  const nodes = readVision(weights, vision, {
    ...shapeOf(configFile, 'vision_config', vision),
    projection: projection('visual_projection', vision.hidden_size),
  });
  return {
    layout: 'hugging-face',
    assumption: null,
    configFiles: [configFile, ...PREPROCESSOR_FILES.map(name => join(folder, name))],
    weights,
    embedWidth,
    contextLength: text.max_position_embeddings,
    vocabularySize: text.vocab_size,
    text: tower,
    vision: planes => vitTower(nodes, planes),
    preprocess: await readHuggingFacePreprocess(folder, vision.image_size),
    tables: {
      tokens: 'text_model.embeddings.token_embedding.weight',
      positions: 'text_model.embeddings.position_embedding.weight',
      logitScale: 'logit_scale',
      logitBias: null,
    },
    tokenizer: clipTokenizer(folder, text.vocab_size),
  };
}

function checkKind(file: string, config: v.InferOutput<typeof CONFIG>): void {
  const { model_type: type, architectures } = config;
  if (type === 'siglip' || type === 'siglip2') {
    throw modelUnsupported(
      file,
      'a SigLIP text tower has no causal mask, so prompts cannot share their work',
    );
  }
  if (type != null && type !== 'clip') throw modelUnsupported(file, `model_type is ${type}, not clip`);
  const other = architectures?.find(name => name !== 'CLIPModel');
  if (other !== undefined && !architectures!.includes('CLIPModel')) {
    throw modelUnsupported(
      file,
      `it describes a ${other}, which lacks a tower or has another head than CLIPModel`,
    );
  }
}

interface TowerConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly hidden_act: string;
  readonly layer_norm_eps: number;
}

function shapeOf(file: string, part: string, config: TowerConfig): TransformerShape {
  const { hidden_size: width, num_attention_heads: heads, hidden_act: activation } = config;
  if (width % heads !== 0)
    throw modelInvalid(file, `${part}.hidden_size ${width} does not divide into ${heads} heads`);
  if (activation !== 'quick_gelu' && activation !== 'gelu')
    throw modelUnsupported(file, `${part}.hidden_act is ${activation}, not quick_gelu or gelu`);
  return { width, heads, activation, epsilon: config.layer_norm_eps };
}

function readVision(
  weights: StoredTensors,
  config: v.InferOutput<typeof VISION>,
  rest: TransformerShape & { readonly projection: LinearNodes },
): VitNodes {
  const { hidden_size: width, patch_size: patch } = config;
  const side = Math.floor(config.image_size / patch);
  const embeddings = 'vision_model.embeddings';
  return {
    ...rest,
    kind: 'vit',
    patch: weights.node(`${embeddings}.patch_embedding.weight`, [width, 3, patch, patch]),
    classEmbedding: weights.node(`${embeddings}.class_embedding`, [width]),
    positions: weights.node(`${embeddings}.position_embedding.weight`, [1 + side * side, width]),
    // The misspelling is the published name.
    preNorm: readNorm(weights, 'vision_model.pre_layrnorm', width),
    blocks: readBlocks(weights, 'vision_model.encoder.layers', config),
    postNorm: readNorm(weights, 'vision_model.post_layernorm', width),
  };
}

function readNorm(weights: StoredTensors, name: string, width: number): NormNodes {
  return { weight: weights.node(`${name}.weight`, [width]), bias: weights.node(`${name}.bias`, [width]) };
}

function readBlocks(weights: StoredTensors, prefix: string, config: TowerConfig): BlockNodes[] {
  const { hidden_size: width, intermediate_size: inner } = config;
  const linear = (name: string, out: number, input: number) => ({
    weight: weights.node(`${name}.weight`, [out, input]),
    bias: weights.node(`${name}.bias`, [out]),
  });
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => {
    const block = `${prefix}.${layer}`;
    const part = (name: 'q' | 'k' | 'v' | 'out') => linear(`${block}.self_attn.${name}_proj`, width, width);
    const [query, key, value] = [part('q'), part('k'), part('v')];
    const join = (parts: readonly (typeof query)[]): LinearNodes => ({
      weight: concat(
        parts.map(({ weight }) => weight),
        0,
      ),
      bias: concat(
        parts.map(({ bias }) => bias),
        0,
      ),
    });
    return {
      norm1: readNorm(weights, `${block}.layer_norm1`, width),
      queryKeyValue: join([query, key, value]),
      query,
      keyValue: join([key, value]),
      out: part('out'),
      norm2: readNorm(weights, `${block}.layer_norm2`, width),
      fc: linear(`${block}.mlp.fc1`, inner, width),
      proj: linear(`${block}.mlp.fc2`, width, inner),
    };
  });
}
