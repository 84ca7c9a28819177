import * as v from 'valibot';
import type { Layout } from '../parts/layout';
import { modelInvalid } from '../parts/model-error';
import { hasFile, type ModelFiles, pathOf } from '../parts/model-files';
import type { OpenedParts } from '../parts/opened-parts';
import { readConfig } from '../parts/read-config';
import type { StoredTensors } from '../parts/stored-tensors';
import type { TransformerShape } from '../parts/text-nodes';
import type { VisionNodes } from '../parts/vision-nodes';
import { clipTokenizer } from '../tokenizer/load-tokenizer';
import { checkPlain, OPEN_CLIP_CONFIG, type OpenClipModel, type OpenClipVision } from './open-clip-config';
import { readOpenClipPreprocess } from './open-clip-preprocess';
import { readOpenClipResNet } from './open-clip-resnet';
import {
  EPSILON,
  openClipTables,
  readBlocks,
  readMatrix,
  readNorm,
  readText,
  shapeOf,
  sideOf,
} from './open-clip-tensors';
import { kindOfWeights } from './published-weights';
import { resnetTower } from './resnet-tower';
import { sizesOfTensors } from './sizes-of-tensors';
import { TrieTower } from './trie-tower';
import { vitTower } from './vit-tower';

const CONFIG_FILE = 'open_clip_config.json';

/**
 * open_clip's and OpenAI's tensor names: open_clip_config.json beside the weights, or weights alone, whose sizes are those
 * of the tensors.
 */
export const openClipLayout: Layout = {
  matches: weights =>
    ['', 'text.'].some(prefix => weights.has(`${prefix}token_embedding.weight`)) &&
    weights.has('visual.conv1.weight'),
  read: async (files, weights) => {
    if (!hasFile(files, CONFIG_FILE)) return readAlone(files, weights);
    const configFile = pathOf(files, CONFIG_FILE);
    const { model_cfg: model, preprocess_cfg: preprocess } = await readConfig(configFile, OPEN_CLIP_CONFIG);
    checkPlain(configFile, model);
    return {
      layout: 'open-clip',
      assumption: null,
      ...partsOf(files, configFile, weights, model, preprocess),
    };
  },
};

function readAlone(files: ModelFiles, weights: StoredTensors): OpenedParts {
  const file = weights.shownFile;
  const kind = kindOfWeights(files, weights);
  const checked = v.safeParse(OPEN_CLIP_CONFIG, { model_cfg: sizesOfTensors(weights, kind) });
  if (!checked.success)
    throw modelInvalid(file, `its tensors’ shapes are no CLIP’s: ${checked.issues[0].message}`);
  return {
    layout: kind.published ? 'open-clip' : 'open-ai',
    ...partsOf(files, file, weights, checked.output.model_cfg, kind.preprocess),
    assumption: kind.assumption,
    // The same bytes are another model under another name: whose features are whose must show in the hash.
    unwritten: kind.quickGelu ? null : 'activation gelu',
  };
}

function partsOf(
  files: ModelFiles,
  configFile: string,
  weights: StoredTensors,
  model: OpenClipModel,
  preprocess: Readonly<Record<string, unknown>>,
): Omit<OpenedParts, 'layout' | 'assumption'> {
  const { vision_cfg: vision, text_cfg: text, embed_dim: embedWidth } = model;
  const activation = model.quick_gelu ? 'quick_gelu' : 'gelu';
  const imageSize = sideOf(configFile, vision);
  const tower = new TrieTower(readText(configFile, weights, model, activation));
  const nodes = readVision(configFile, weights, vision, { embedWidth, imageSize, activation });
  return {
    configFiles: [configFile],
    weights,
    embedWidth,
    contextLength: text.context_length,
    vocabularySize: text.vocab_size,
    text: tower,
    vision: {
      pooled: image => (nodes.kind === 'vit' ? vitTower(nodes, image) : resnetTower(nodes, image)),
      projection: nodes.projection,
    },
    preprocess: readOpenClipPreprocess(configFile, preprocess, imageSize),
    tables: { ...openClipTables(weights), logitBias: null },
    tokenizer: clipTokenizer(files.folder, text.vocab_size),
  };
}

function readVision(
  file: string,
  weights: StoredTensors,
  config: OpenClipVision,
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
    patchBias: null,
    classEmbedding: weights.node('visual.class_embedding', [width]),
    positions: weights.node('visual.positional_embedding', [1 + side * side, width]),
    preNorm: readNorm(weights, 'visual.ln_pre', width),
    blocks: readBlocks(weights, 'visual.transformer.resblocks', layers, width, config.mlp_ratio),
    postNorm: readNorm(weights, 'visual.ln_post', width),
    projection: readMatrix(weights, 'visual.proj', width, embedWidth),
  };
}
