import * as v from 'valibot';
import { slice, transpose } from '../../graph/operations';
import type { Layout } from '../parts/layout';
import { modelInvalid, modelUnsupported } from '../parts/model-error';
import { hasFile, type ModelFiles, pathOf } from '../parts/model-files';
import type { OpenedParts } from '../parts/opened-parts';
import { readConfig } from '../parts/read-config';
import type { StoredTensors } from '../parts/stored-tensors';
import type { BlockNodes, LinearNodes, NormNodes, TransformerShape } from '../parts/text-nodes';
import type { VisionNodes } from '../parts/vision-nodes';
import { clipTokenizer } from '../tokenizer/load-tokenizer';
import { checkPlain, OPEN_CLIP_CONFIG, type OpenClipModel, type OpenClipVision } from './open-clip-config';
import { readOpenClipPreprocess } from './open-clip-preprocess';
import { readOpenClipResNet } from './open-clip-resnet';
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
  // The text tower is a part of its own in `CustomTextCLIP`, and the model itself in `CLIP`.
  const prefix = weights.has('text.token_embedding.weight') ? 'text.' : '';
  const tower = new TrieTower({
    ...shapeOf(configFile, 'text_cfg', {
      width: text.width,
      heads: text.heads,
      activation,
      epsilon: text.norm_kwargs?.eps ?? EPSILON,
    }),
    blocks: readBlocks(weights, `${prefix}transformer.resblocks`, text.layers, text.width, text.mlp_ratio),
    finalNorm: readNorm(weights, `${prefix}ln_final`, text.width),
    projection: readMatrix(weights, `${prefix}text_projection`, text.width, embedWidth),
  });
  const nodes = readVision(configFile, weights, vision, { embedWidth, imageSize, activation });
  return {
    configFiles: [configFile],
    weights,
    embedWidth,
    contextLength: text.context_length,
    vocabularySize: text.vocab_size,
    text: tower,
    vision: planes => (nodes.kind === 'vit' ? vitTower(nodes, planes) : resnetTower(nodes, planes)),
    preprocess: readOpenClipPreprocess(configFile, preprocess, imageSize),
    tables: {
      tokens: `${prefix}token_embedding.weight`,
      positions: `${prefix}positional_embedding`,
      logitScale: 'logit_scale',
      logitBias: null,
    },
    tokenizer: clipTokenizer(files.folder, text.vocab_size),
  };
}

const EPSILON = 1e-5;

function sideOf(file: string, { image_size: size }: OpenClipVision): number {
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
