import { statSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { FoundModel } from '../../../shared/contracts/protocol';
import { errorData } from '../../../shared/errors';
import { KNOWN_MODELS } from '../../../shared/models/known-models';
import { preprocessingInWords } from '../../images/preprocess';
import { entries, huggingFaceCache, isFile, isFolder, usableSnapshot } from '../caches/hub-cache';
import { openAiModels } from '../caches/open-ai-cache';
import { isWeights } from '../parts/model-files';
import { readConfigIfPresent } from '../parts/read-config';
import { USUAL_WEIGHTS } from '../shelf/choose-weights';
import { openModel } from '../shelf/open-model';
import { modelsFolder, SAMPLE_MODEL, sampleFolder } from './resolve-model';

interface Candidate {
  readonly name: string;
  /** A folder or a weights file. */
  readonly folder: string;
  /** One of several weights files of a folder, which may be of any kind: it is shown only where it opens. */
  readonly loose?: boolean;
}

/**
 * The sample's model, every repository in the Hugging Face cache that may hold a CLIP, those of OpenAI's package and
 * of `$COOP_MODEL_DIR`, and models in the given folders (each a model's own, or a folder of such). Only configurations and
 * headers are read.
 */
export async function foundModels(folders: readonly string[] = []): Promise<readonly FoundModel[]> {
  const sample = sampleFolder();
  const shared = modelsFolder();
  const found = await Promise.all(
    [
      ...(sample === null ? [] : [{ name: SAMPLE_MODEL, folder: path.join(sample, SAMPLE_MODEL) }]),
      ...(await cachedModels()),
      ...openAiModels().flatMap(({ name, file }) => (isFile(file) ? [{ name, folder: file }] : [])),
      ...(shared === null
        ? []
        : modelsIn(shared).map(each => ({
            ...each,
            name: path.relative(shared, each.folder) || each.folder,
          }))),
      ...folders
        .map(each => path.resolve(each))
        .flatMap(folder => modelsIn(folder))
        // A copy of the sample brings its model along; its name means both.
        .filter(({ folder }) => sample === null || path.basename(folder) !== SAMPLE_MODEL)
        .map(each => ({ ...each, name: each.folder })),
    ].map(async (candidate: Candidate) => {
      const described = await describe(candidate);
      return described.ok || candidate.loose !== true ? [described] : [];
    }),
  );
  return found.flat();
}

async function cachedModels(): Promise<Candidate[]> {
  const cache = huggingFaceCache();
  if (cache === null) return [];
  const found = await Promise.all(
    entries(cache).map(async (repository): Promise<Candidate[]> => {
      const name = /^models--(.+)$/.exec(repository)?.[1]?.replace('--', '/');
      if (name === undefined) return [];
      const folder = usableSnapshot(path.join(cache, repository));
      // Without a snapshot its download never came to a file.
      return folder === null || !(await mayBeOurs(name, folder)) ? [] : [{ name, folder }];
    }),
  );
  return found.flat();
}

const FAMILY = /clip|siglip/i;
const CONFIG = v.object({ model_type: v.nullish(v.string(), '') });

/** The cache holds models of all kinds; others are not shown as broken ones. */
async function mayBeOurs(name: string, folder: string): Promise<boolean> {
  if (FAMILY.test(name) || KNOWN_MODELS.some(({ id }) => id === name)) return true;
  if (isFile(path.join(folder, 'open_clip_config.json'))) return true;
  const config = await readConfigIfPresent(path.join(folder, 'config.json'), CONFIG).catch(() => null);
  return config !== null && FAMILY.test(config.model_type);
}

async function describe({ name, folder }: Candidate): Promise<FoundModel> {
  try {
    const model = await openModel(folder, name);
    return {
      name,
      folder,
      ok: true,
      imageSize: model.preprocess.size,
      preprocessing: preprocessingInWords(model.preprocess),
      textTower: model.text.refusal === null ? `${model.text.width} × ${model.text.layers}` : 'ONNX',
      bytes: model.weightsFiles.reduce((sum, file) => sum + statSync(file).size, 0),
      ...(model.assumption === null ? {} : { assumption: model.assumption }),
      sampleOnly: name === SAMPLE_MODEL,
    };
  } catch (thrown) {
    return { name, folder, ok: false, error: errorData(thrown) };
  }
}

/** The folder itself where it is a model, and those of its sub-folders that are; of several weights files in one each. */
function modelsIn(folder: string): readonly Omit<Candidate, 'name'>[] {
  const children = entries(folder).map(name => path.join(folder, name));
  return [folder, ...children.filter(isFolder)].flatMap((place): readonly Omit<Candidate, 'name'>[] => {
    if (hasTowers(place)) return [{ folder: place }];
    const names = entries(place).filter(isWeights);
    if (names.length === 1 || names.some(name => USUAL_WEIGHTS.includes(name))) return [{ folder: place }];
    return names.map(name => ({ folder: path.join(place, name), loose: true }));
  });
}

const hasTowers = (folder: string) =>
  [folder, path.join(folder, 'onnx')].some(place =>
    entries(place).some(name => /^vision_model.*\.onnx$/.test(name)),
  );
