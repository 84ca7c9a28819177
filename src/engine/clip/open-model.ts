import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readError } from '../io/file-error';
import type { ClipModel, TextTables } from './clip-model';
import { readHuggingFaceLayout } from './hugging-face-layout';
import { normalisedPlanes } from './image-pixels';
import { modelInvalid, modelMissing } from './model-error';
import { readOpenClipLayout } from './open-clip-layout';
import type { OpenedParts } from './opened-parts';
import { resnetTower } from './resnet-tower';
import { StoredTensors } from './stored-tensors';
import { loadTokenizer } from './tokenizer/load-tokenizer';
import { vitTower } from './vit-tower';

/**
 * Opens a CLIP model from its folder: open_clip's files, or Hugging Face's `CLIPModel` in one file or shards. Weights
 * stay in their files; only headers are read.
 * @param id what messages and reports call it
 * @throws CoopError `model.missing`, `model.invalid`, `model.unsupported`, `file.corrupt`, `file.limit`, `file.access`
 */
export async function openModel(folder: string, id: string = folder): Promise<ClipModel> {
  const parts = await readParts(folder);
  parts.weights.checkAllUsed();
  const { weights, embedWidth, contextLength, vocabularySize, text, vision, preprocess, tables } = parts;
  const tokensShape = [vocabularySize, text.width];
  const positionsShape = [contextLength, text.width];
  const [storedScale] = await weights.values(tables.logitScale, []);
  const logitScale = Math.exp(storedScale!);
  if (!Number.isFinite(logitScale)) throw modelInvalid(parts.configFile, `its logit scale is ${storedScale}`);
  let textTables: Promise<TextTables> | undefined;
  return {
    id,
    folder,
    hash: () => modelHash([parts.configFile, ...weights.files]),
    embedWidth,
    contextLength,
    logitScale,
    text,
    textTables() {
      textTables ??= Promise.all([
        weights.values(tables.tokens, tokensShape),
        weights.values(tables.positions, positionsShape),
      ]).then(([tokens, positions]) => ({ width: text.width, tokens, positions }));
      return textTables;
    },
    preprocess,
    imageFeatures(pixels) {
      const planes = normalisedPlanes(pixels, preprocess);
      return vision.kind === 'vit' ? vitTower(vision, planes) : resnetTower(vision, planes);
    },
    tokenizer: () => loadTokenizer(folder),
  };
}

async function readParts(folder: string): Promise<OpenedParts> {
  const file = (name: string) => join(folder, name);
  const parts = await (async () => {
    if (existsSync(file('open_clip_config.json'))) {
      return readOpenClipLayout(folder, await StoredTensors.openFile(file('open_clip_model.safetensors')));
    }
    if (existsSync(file('model.safetensors.index.json'))) {
      return readHuggingFaceLayout(
        folder,
        await StoredTensors.openIndex(file('model.safetensors.index.json')),
      );
    }
    if (existsSync(file('config.json')))
      return readHuggingFaceLayout(folder, await StoredTensors.openFile(file('model.safetensors')));
    throw modelMissing(
      folder,
      `${folder} holds no CLIP model: neither open_clip_config.json nor config.json is there.`,
      'Choose a folder with the model’s configuration, its .safetensors file and its tokenizer.',
    );
  })();
  // These are read as values later on; asking now says early when one is missing.
  parts.weights.node(parts.tables.tokens, [parts.vocabularySize, parts.text.width]);
  parts.weights.node(parts.tables.positions, [parts.contextLength, parts.text.width]);
  parts.weights.node(parts.tables.logitScale, []);
  return parts;
}

const hashes = new Map<string, Promise<string>>();

/** sha256 over the files' bytes in order; remembered by path, size and time of change. */
async function modelHash(files: readonly string[]): Promise<string> {
  try {
    const facts = await Promise.all(files.map(file => stat(file)));
    const key = files.map((file, at) => `${file} ${facts[at]!.size} ${facts[at]!.mtimeMs}`).join('\n');
    let hash = hashes.get(key);
    if (hash === undefined) {
      hash = hashFiles(files);
      hashes.set(key, hash);
      hash.catch(() => hashes.delete(key));
    }
    return await hash;
  } catch (thrown) {
    throw readError(thrown, files[0]!);
  }
}

async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), async function* (chunks) {
      for await (const chunk of chunks) hash.update(chunk as Buffer);
      yield* [];
    });
  }
  return hash.digest('hex');
}
