import { join } from 'node:path';
import * as v from 'valibot';
import { readBlocks, readNorm, shapeOf, towerFields } from '../parts/hugging-face-tensors';
import type { Layout } from '../parts/layout';
import { modelInvalid, modelUnsupported } from '../parts/model-error';
import type { ModelFiles } from '../parts/model-files';
import type { OpenedParts } from '../parts/opened-parts';
import { count, readConfig } from '../parts/read-config';
import type { StoredTensors } from '../parts/stored-tensors';
import type { LinearNodes, TransformerShape } from '../parts/text-nodes';
import type { VitNodes } from '../parts/vision-nodes';
import { clipTokenizer } from '../tokenizer/load-tokenizer';
import { worldwideTokenizer } from '../tokenizer/worldwide-tokenizer';
import { PREPROCESSOR_FILES, readHuggingFacePreprocess } from './hugging-face-preprocess';
import { TrieTower } from './trie-tower';
import { vitTower } from './vit-tower';

/** Fields that transformers leaves out when they have the values of openai/clip-vit-base-patch32. */
const tower = towerFields({ hidden_act: 'quick_gelu', layer_norm_eps: 1e-5, num_hidden_layers: 12 });

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

/** The same towers with another vocabulary, pooled at the first end token. */
const METACLIP_2 = 'metaclip_2';

/** transformers' `CLIPModel` and `MetaClip2Model`: config.json beside its weights. */
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
    vision: { pooled: image => vitTower(nodes, image), projection: nodes.projection },
    preprocess: await readHuggingFacePreprocess(folder, vision.image_size),
    tables: {
      tokens: 'text_model.embeddings.token_embedding.weight',
      positions: 'text_model.embeddings.position_embedding.weight',
      logitScale: 'logit_scale',
      logitBias: null,
    },
    tokenizer:
      config.model_type === METACLIP_2 ? worldwideTokenizer(folder) : clipTokenizer(folder, text.vocab_size),
  };
}

function checkKind(file: string, config: v.InferOutput<typeof CONFIG>): void {
  const { model_type: type, architectures } = config;
  const known = type == null || type === 'clip' ? 'CLIPModel' : type === METACLIP_2 ? 'MetaClip2Model' : null;
  if (known === null) throw modelUnsupported(file, `model_type is ${type}, not clip or ${METACLIP_2}`);
  const other = architectures?.find(name => name !== known);
  if (other !== undefined && !architectures!.includes(known)) {
    throw modelUnsupported(
      file,
      `it describes a ${other}, which lacks a tower or has another head than ${known}`,
    );
  }
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
    patchBias: null,
    classEmbedding: weights.node(`${embeddings}.class_embedding`, [width]),
    positions: weights.node(`${embeddings}.position_embedding.weight`, [1 + side * side, width]),
    // The misspelling is the published name.
    preNorm: readNorm(weights, 'vision_model.pre_layrnorm', width),
    blocks: readBlocks(weights, 'vision_model.encoder.layers', config),
    postNorm: readNorm(weights, 'vision_model.post_layernorm', width),
  };
}
