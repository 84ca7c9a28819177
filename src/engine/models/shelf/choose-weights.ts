import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Precision } from '../../../shared/contracts/precision';
import type { CoopError } from '../../../shared/errors';
import { hasUnfinished, repositoryId } from '../caches/hub-cache';
import { onnxNames } from '../onnx/onnx-files';
import { ADAPTER_CONFIG, adapterRefusal } from '../parts/adapter';
import { modelMissing, modelUnsupported } from '../parts/model-error';
import { hasFile, isBrokenLink, isWeights, type ModelFiles, pathOf } from '../parts/model-files';
import { StoredTensors } from '../parts/stored-tensors';

/** Weights by name, first come first taken: beside open_clip's, timm's folders hold a model.safetensors of the image tower. */
export const USUAL_WEIGHTS = [
  'open_clip_model.safetensors',
  'model.safetensors',
  'model.safetensors.index.json',
  'open_clip_pytorch_model.bin',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];
/** Weights of other programs' formats. */
const FOREIGN: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^(flax_model\.msgpack|tf_model\.h5)/, 'Flax or TensorFlow'],
  [/\.onnx(_data)?$/, 'ONNX'],
  [/\.(gguf|ggml)$/, 'GGUF'],
];

/** The programs whose weights these files are; undefined where there are none such. */
export const foreignWeights = (names: Iterable<string>): string | undefined =>
  FOREIGN.find(([pattern]) => [...names].some(name => pattern.test(name)))?.[1];

/**
 * Opens the weights of a model: the file that was named, one of the usual names, or the only weights file there is.
 * @throws CoopError `model.missing` saying what is there instead, `model.unsupported` for an adapter (LoRA), and as
 * `StoredTensors.openFile`
 */
export async function chooseWeights(files: ModelFiles, precision: Precision): Promise<StoredTensors> {
  if (files.named === null && files.names.has(ADAPTER_CONFIG)) throw adapter(pathOf(files, ADAPTER_CONFIG));
  const name = files.named ?? USUAL_WEIGHTS.find(usual => hasFile(files, usual)) ?? onlyWeights(files);
  const file = pathOf(files, name);
  const weights = await (name.endsWith('.index.json')
    ? StoredTensors.openIndex(file, precision)
    : StoredTensors.openFile(file, precision));
  if (!weights.names.some(tensor => /\.lora_[ab]\./i.test(tensor))) return weights;
  throw adapter(files.names.has(ADAPTER_CONFIG) ? pathOf(files, ADAPTER_CONFIG) : weights.shownFile);
}

function onlyWeights(files: ModelFiles): string {
  const broken = USUAL_WEIGHTS.find(name => isBrokenLink(files, name));
  if (broken !== undefined) throw unfinished(files.folder, `${broken} is a link to a file that is not there`);
  const all = [...files.names].filter(isWeights).sort();
  const safe = all.filter(name => /\.safetensors$/i.test(name));
  const candidates = safe.length > 0 ? safe : all;
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length > 1) throw several(files.folder, candidates);
  throw none(files);
}

function none({ folder, names }: ModelFiles): CoopError {
  if (hasUnfinished(folder)) return unfinished(folder, 'the download of its weights has not ended');
  const halves = onnxNames(folder);
  if (halves.length > 0)
    throw modelMissing(
      folder,
      `${folder} holds ${halves.slice(0, 4).join(', ')}, and no two towers of one precision: text_model.onnx with vision_model.onnx, or both with the same ending, such as _fp16.`,
      'Put the other tower beside it, or the model’s .safetensors file.',
    );
  const foreign = foreignWeights(names);
  const id = repositoryId(folder);
  const download = `Download its .safetensors file${id === null ? ' into the folder' : ` with “coop models pull ${id}”`}.`;
  if (foreign !== undefined)
    return modelMissing(
      folder,
      `${folder} holds weights of ${foreign} only, which are not read here.`,
      download,
    );
  const expected = names.has('open_clip_config.json')
    ? USUAL_WEIGHTS[0]!
    : names.has('config.json')
      ? USUAL_WEIGHTS[1]!
      : null;
  if (expected !== null)
    return modelMissing(
      path.join(folder, expected),
      `${path.join(folder, expected)} does not exist.`,
      download,
    );
  return modelMissing(
    folder,
    `${folder} holds no CLIP model: there is no weights file in it, neither .safetensors nor PyTorch’s .bin or .pt.`,
    'Choose the folder that holds the model’s weights, or the weights file itself.',
  );
}

function unfinished(folder: string, why: string): CoopError {
  const id = repositoryId(folder);
  return modelMissing(
    folder,
    `The model in ${folder} is not complete: ${why}.`,
    id === null
      ? 'Download the model again.'
      : `Run “coop models pull ${id}” again; it goes on where it stopped.`,
  );
}

function several(folder: string, names: readonly string[]): CoopError {
  const shown = names.slice(0, 5).map(name => `“${name}”`);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return modelMissing(
    folder,
    `${folder} holds ${names.length} weights files, ${shown.join(', ')}${more}, none of a name that says it is the model.`,
    `Name one of them in the folder’s place, such as “${path.join(folder, names[0]!)}”.`,
  );
}

/** @param shown its configuration, or its weights where there is none */
function adapter(shown: string): CoopError {
  let config: string | null;
  try {
    config = readFileSync(path.join(path.dirname(shown), ADAPTER_CONFIG), 'utf8');
  } catch {
    config = null;
  }
  return adapterRefusal(shown, config, '; weights beside it are used by the name of their file');
}

/** What a configuration says the model is, as one short word; null where it says nothing. */
function modelType(file: string): string | null {
  try {
    const { model_type: type } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return typeof type === 'string' ? JSON.stringify(type.slice(0, 80)) : null;
  } catch {
    return null;
  }
}

/** Why weights that were opened are of no family read here. */
export function unknownFamily(files: ModelFiles, weights: StoredTensors): CoopError {
  const names = weights.names;
  if (weights.has('token_prefix') && weights.has('token_suffix'))
    return modelUnsupported(
      weights.shownFile,
      'it is a prompt that CoOp’s code learned, not a model',
      'Turn it into a learned context with “coop import”, and name after @model the CLIP that it was learned on.',
    );
  const config = path.join(files.folder, 'config.json');
  const type = modelType(config);
  const beside = type === null ? '' : `; config.json says it is a ${type}`;
  const shown = names.slice(0, 2).map(name => JSON.stringify(name.slice(0, 80)));
  return modelUnsupported(
    weights.shownFile,
    `its tensors (${shown.join(', ')}${names.length > 2 ? ', …' : ''}) are not those of a family that is built in${beside}`,
  );
}
