import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readError } from '../../../files/disk/file-error';
import type { CoopError } from '../../../shared/errors';
import { once } from '../../once';
import { readHuggingFaceLayout } from '../clip/hugging-face-layout';
import { normalisedPlanes } from '../clip/image-pixels';
import { isOpenAiStateDict } from '../clip/open-ai-config';
import { readOpenAiLayout, readOpenClipLayout } from '../clip/open-clip-layout';
import { resnetTower } from '../clip/resnet-tower';
import { vitTower } from '../clip/vit-tower';
import type { ClipModel, TextTables } from '../parts/clip-model';
import { fileHash } from '../parts/file-hash';
import { isNotFound, modelInvalid, modelMissing } from '../parts/model-error';
import type { OpenedParts } from '../parts/opened-parts';
import { StoredTensors } from '../parts/stored-tensors';
import { loadTokenizer, tokenizerFiles } from '../tokenizer/load-tokenizer';

/**
 * Opens a CLIP model from its folder: transformers' `CLIPModel` (config.json, model.safetensors or shards) or open_clip
 * (open_clip_config.json, open_clip_model.safetensors), or OpenAI's state dict in one .safetensors file. Reads configurations and headers; weights stay in their files.
 * The folder may be read-only and made of symbolic links, as the Hugging Face cache is.
 * @param id what the user calls the model; default: the folder as given
 * @throws CoopError `model.missing` (a file), `model.invalid` (a tensor or field), `model.unsupported` (another kind of
 * model), `file.corrupt`, `file.limit`, `file.access`
 */
export async function openModel(folder: string, id: string = folder): Promise<ClipModel> {
  const root = resolve(folder);
  const parts = await readParts(root);
  const { weights, tables, text, vision, embedWidth, contextLength, preprocess } = parts;
  // Asked for now, so that a file without them is refused here and not when it is first scored.
  weights.node(tables.tokens, [parts.vocabularySize, text.width]);
  weights.node(tables.positions, [contextLength, text.width]);
  // open_clip stores [1] where a model was made with nonscalar_logit_scale.
  const scaleShape = weights.shape(tables.logitScale)?.length === 1 ? [1] : [];
  const [storedScale] = await weights.values(tables.logitScale, scaleShape);
  const logitScale = Math.exp(storedScale!);
  if (!Number.isFinite(logitScale))
    throw modelInvalid(weights.files[0]!, `the tensor ${tables.logitScale} is ${storedScale}`);
  weights.checkAllUsed();
  return {
    id,
    folder: root,
    layout: parts.layout,
    hash: () => hashOf(root, parts),
    embedWidth,
    contextLength,
    logitScale,
    text,
    textTables: once(() => readTables(parts)),
    preprocess,
    imageFeatures: pixels => {
      const planes = normalisedPlanes(pixels, preprocess);
      return vision.kind === 'vit' ? vitTower(vision, planes) : resnetTower(vision, planes);
    },
    tokenizer: once(() => loadTokenizer(root)),
  };
}

const OPEN_CLIP_WEIGHTS = 'open_clip_model.safetensors';
const HUGGING_FACE_WEIGHTS = 'model.safetensors';
const HUGGING_FACE_INDEX = 'model.safetensors.index.json';
const PICKLED = /\.(bin|pt|pth|ckpt)$/;

async function readParts(folder: string): Promise<OpenedParts> {
  const names = await filesOf(folder);
  // First: beside it, timm's folders hold a model.safetensors that is the image tower alone.
  if (names.has(OPEN_CLIP_WEIGHTS))
    return readOpenClipLayout(folder, await StoredTensors.openFile(join(folder, OPEN_CLIP_WEIGHTS)));
  const bare = [...names].filter(name => name.endsWith('.safetensors'));
  if (!names.has('config.json') && !names.has('open_clip_config.json') && bare.length === 1) {
    const file = join(folder, bare[0]!);
    const weights = await StoredTensors.openFile(file);
    if (isOpenAiStateDict(weights)) return readOpenAiLayout(file, weights);
  }
  if (names.has(HUGGING_FACE_WEIGHTS))
    return readHuggingFaceLayout(folder, await StoredTensors.openFile(join(folder, HUGGING_FACE_WEIGHTS)));
  if (names.has(HUGGING_FACE_INDEX))
    return readHuggingFaceLayout(folder, await StoredTensors.openIndex(join(folder, HUGGING_FACE_INDEX)));
  throw noWeights(folder, names);
}

function noWeights(folder: string, names: ReadonlySet<string>): CoopError {
  const pickled = [...names].find(name => PICKLED.test(name));
  if (pickled !== undefined) {
    return modelMissing(
      folder,
      `${folder} holds its weights only as ${pickled}, a Python pickle, which is not read.`,
      'Download the model’s .safetensors file into the folder.',
    );
  }
  const expected = names.has('open_clip_config.json')
    ? OPEN_CLIP_WEIGHTS
    : names.has('config.json')
      ? HUGGING_FACE_WEIGHTS
      : null;
  if (expected !== null) {
    const file = join(folder, expected);
    return modelMissing(file, `${file} does not exist.`, 'Download the model’s weights into the folder.');
  }
  return modelMissing(
    folder,
    `${folder} holds no CLIP model: neither ${HUGGING_FACE_WEIGHTS} nor ${OPEN_CLIP_WEIGHTS} is there.`,
    'Choose a folder with the model’s configuration, its .safetensors file and its tokenizer.',
  );
}

async function filesOf(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (thrown) {
    if (!isNotFound(thrown)) throw readError(thrown, folder);
    throw modelMissing(
      folder,
      `The model folder ${folder} does not exist.`,
      'Choose a folder with the model’s configuration, its .safetensors file and its tokenizer.',
      thrown,
    );
  }
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
async function hashOf(folder: string, { configFiles, weights }: OpenedParts): Promise<string> {
  const parts = {
    config: configFiles.filter(file => existsSync(file)),
    tokenizer: tokenizerFiles(folder),
    weights: weights.files,
  };
  const hash = createHash('sha256');
  for (const [part, files] of Object.entries(parts)) {
    for (const file of files) hash.update(`${part} ${await fileHash(file)}\n`);
  }
  return hash.digest('hex');
}
