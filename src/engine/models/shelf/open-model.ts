import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { interpret } from '../../graph/interpret';
import { loadWeights } from '../../graph/load-weights';
import type { Node } from '../../graph/node';
import { linear } from '../../graph/operations';
import { once } from '../../once';
import { proposedSnapshots } from '../caches/hub-cache';
import { huggingFaceLayout } from '../clip/hugging-face-layout';
import { normalisedPlanes } from '../clip/image-pixels';
import { openClipLayout } from '../clip/open-clip-layout';
import { resnetTower } from '../clip/resnet-tower';
import { vitTower } from '../clip/vit-tower';
import type { ClipModel, TextTables } from '../parts/clip-model';
import { fileHash } from '../parts/file-hash';
import type { Layout } from '../parts/layout';
import { modelInvalid } from '../parts/model-error';
import { type ModelFiles, modelFiles } from '../parts/model-files';
import type { OpenedParts } from '../parts/opened-parts';
import type { LinearNodes } from '../parts/text-nodes';
import { loadTokenizer, tokenizerFiles } from '../tokenizer/load-tokenizer';
import { chooseWeights, unknownFamily } from './choose-weights';

/**
 * Opens a CLIP model from its folder or weights file: transformers' `CLIPModel`, open_clip's models, or OpenAI's archives
 * and state dicts, as safetensors or as PyTorch's files. Reads configurations and headers; weights stay in their files.
 * The folder may be read-only and made of symbolic links, as the Hugging Face cache is.
 * @param place folder or weights file
 * @param id what the user calls the model; default: the place as given
 * @throws CoopError `model.missing` (a file), `model.invalid` (a tensor or field), `model.unsupported` (another kind of
 * model), `file.corrupt`, `file.limit`, `file.access`
 */
export async function openModel(place: string, id: string = place): Promise<ClipModel> {
  const root = resolve(place);
  const files = await modelFiles(root, proposedSnapshots(root));
  const parts = await readParts(files);
  const { vocabularySize } = parts;
  const { weights, tables, text, vision, embedWidth, contextLength, preprocess } = parts;
  // Asked for now, so that a file without them is refused here and not when it is first scored.
  weights.node(tables.tokens, [vocabularySize, text.width]);
  weights.node(tables.positions, [contextLength, text.width]);
  // open_clip stores [1] where a model was made with nonscalar_logit_scale.
  const scaleShape = weights.shape(tables.logitScale)?.length === 1 ? [1] : [];
  const [storedScale] = await weights.values(tables.logitScale, scaleShape);
  const logitScale = Math.exp(storedScale!);
  // exp of −∞ is 0, with which all classes are equally likely.
  if (!(logitScale > 0 && Number.isFinite(logitScale)))
    throw modelInvalid(weights.files[0]!, `the tensor ${tables.logitScale} is ${storedScale}`);
  weights.checkAllUsed();
  return {
    id,
    folder: root,
    weightsFiles: weights.files,
    layout: parts.layout,
    assumption: parts.assumption,
    hash: () => hashOf(files.folder, parts),
    embedWidth,
    contextLength,
    logitScale,
    text,
    unsoundTensor: () => weights.unsound(),
    textTables: once(() => readTables(parts)),
    preprocess,
    imageFeatures: pixels => {
      const { weight, bias } = vision.projection;
      return linear(pooledImages(parts, pixels), weight, bias);
    },
    imageProjection: {
      width: vision.projection.weight.shape[1] as number,
      pooled: pixels => pooledImages(parts, pixels),
      weights: () => projectionWeights(vision.projection),
    },
    tokenizer: once(() => loadTokenizer(files.folder, { vocabularySize })),
  };
}

function pooledImages({ vision, preprocess }: OpenedParts, pixels: Node): Node {
  const planes = normalisedPlanes(pixels, preprocess);
  return vision.kind === 'vit' ? vitTower(vision, planes) : resnetTower(vision, planes);
}

async function projectionWeights({ weight, bias }: LinearNodes) {
  const nodes = bias === null ? [weight] : [weight, bias];
  const [matrix, shift] = interpret(nodes, {}, await loadWeights(nodes));
  return {
    weight: Float32Array.from(matrix!.data),
    bias: shift === undefined ? new Float32Array(weight.shape[0] as number) : Float32Array.from(shift.data),
  };
}

/** One for each family of models. */
const LAYOUTS: readonly Layout[] = [huggingFaceLayout, openClipLayout];

async function readParts(files: ModelFiles): Promise<OpenedParts> {
  const weights = await chooseWeights(files);
  const layout = LAYOUTS.find(each => each.matches(weights));
  if (layout === undefined) throw unknownFamily(files, weights);
  return layout.read(files, weights);
}

async function readTables(parts: OpenedParts): Promise<TextTables> {
  const { weights, tables, vocabularySize, contextLength } = parts;
  const { width } = parts.text;
  const [tokens, positions] = await Promise.all([
    weights.values(tables.tokens, [vocabularySize, width]),
    weights.values(tables.positions, [contextLength, width]),
  ]);
  return { width, tokens, positions };
}

/** sha256 over the files' own hashes, each with its part in the model. */
async function hashOf(
  folder: string,
  { configFiles, weights, vocabularySize }: OpenedParts,
): Promise<string> {
  const parts = {
    config: configFiles.filter(file => existsSync(file)),
    tokenizer: tokenizerFiles(folder, { vocabularySize }),
    weights: weights.files,
  };
  const hash = createHash('sha256');
  for (const [part, files] of Object.entries(parts)) {
    for (const file of files) hash.update(`${part} ${await fileHash(file)}\n`);
  }
  return hash.digest('hex');
}
