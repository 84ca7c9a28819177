import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FoundModel } from '../../../shared/contracts/protocol';
import { errorData } from '../../../shared/errors';
import { openModel } from '../shelf/open-model';
import { huggingFaceCache, modelsFolder, resolveModel, SAMPLE_MODEL, sampleFolder } from './resolve-model';

/**
 * The sample's model, every repository in the Hugging Face cache that has CLIP in its name, those of `$COOP_MODEL_DIR`,
 * and models in the given folders (each a model's own, or a folder of such). Only configurations and headers are read.
 */
export async function foundModels(folders: readonly string[] = []): Promise<readonly FoundModel[]> {
  const candidates: { name: string; folder: string }[] = [];
  const sample = sampleFolder();
  if (sample !== null) candidates.push({ name: SAMPLE_MODEL, folder: path.join(sample, SAMPLE_MODEL) });
  for (const repository of entries(huggingFaceCache())) {
    const name = /^models--(.+)$/.exec(repository)?.[1]?.replace('--', '/');
    if (name === undefined || !/clip/i.test(name)) continue;
    try {
      candidates.push({ name, folder: resolveModel(name, huggingFaceCache()) });
    } catch {
      // A repository without a snapshot: its download never ended.
    }
  }
  const shared = modelsFolder();
  if (shared !== null)
    candidates.push(
      ...modelsIn(shared).map(folder => ({ name: path.relative(shared, folder) || folder, folder })),
    );
  for (const folder of folders.map(each => path.resolve(each)))
    candidates.push(...modelsIn(folder).map(each => ({ name: each, folder: each })));
  return Promise.all(candidates.map(describe));
}

async function describe({ name, folder }: { name: string; folder: string }): Promise<FoundModel> {
  try {
    const { preprocess, text } = await openModel(folder, name);
    return {
      name,
      folder,
      ok: true,
      imageSize: preprocess.size,
      textWidth: text.width,
      textLayers: text.blocks.length,
      bytes: entries(folder).reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0),
      sampleOnly: name === SAMPLE_MODEL,
    };
  } catch (thrown) {
    return { name, folder, ok: false, error: errorData(thrown) };
  }
}

/** The folder itself where it is a model, and those of its sub-folders that are. */
function modelsIn(folder: string): string[] {
  const children = entries(folder).map(name => path.join(folder, name));
  return [folder, ...children.filter(isFolder)].filter(looksLikeModel);
}

const isFolder = (file: string) => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
const looksLikeModel = (folder: string) =>
  entries(folder).some(name => /\.safetensors(\.index\.json)?$/.test(name));

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
