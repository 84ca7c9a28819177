import { copyFile, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { writeError } from '../../../files/disk/file-error';
import { headerLength, LENGTH_BYTES } from '../../../files/tensors/safetensors-header';
import { CoopError } from '../../../shared/errors';
import { checkPlain, OPEN_CLIP_CONFIG } from '../clip/open-clip-config';
import { modelUnsupported } from '../parts/model-error';
import { readConfigIfPresent } from '../parts/read-config';
import { openModel } from '../shelf/open-model';
import { checkTimm } from '../timm/built-in-towers';
import type { HubClient } from './hub-client';
import type { HubFile } from './repository';

/** Headers of CLIP's models have 30 to 150 kB. */
const FIRST_BYTES = 256 * 1024;
const NAMES = v.looseObject({
  model_type: v.nullish(v.pipe(v.string(), v.maxLength(100))),
  architectures: v.nullish(v.array(v.pipe(v.string(), v.maxLength(100)))),
});

/** Kinds of transformers' that are opened from PyTorch's files, too. */
const PICKLED = new Set(['clip', 'siglip', 'siglip2', 'metaclip_2']);

interface Candidate {
  readonly id: string;
  readonly client: HubClient;
  /** Files that are here: name and place. */
  readonly here: ReadonlyMap<string, string>;
  readonly weights: readonly HubFile[];
  readonly urlOf: (file: HubFile) => URL;
  readonly signal: AbortSignal | undefined;
}

/**
 * Refuses a model that could not be opened before its weights are downloaded. Safetensors begin with the names and shapes
 * of all tensors: with that beginning alone, in files as long as the real ones and otherwise empty, the very code that will
 * open the model tries to; so it does with empty files in place of ONNX towers, which configuration and tokenizer describe.
 * PyTorch's files tell such things all over; there the configuration must be that of a family that is built in.
 * @throws CoopError as `isRefusal` tells: `model.unsupported`, `model.invalid`, `tokenizer.invalid`, `file.corrupt`, …; of
 * other kinds as `HubClient.get`
 */
export async function checkFamily(candidate: Candidate): Promise<void> {
  const { id, here, weights } = candidate;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'coop-model-'));
  try {
    for (const [name, place] of here) await linkOrCopy(place, path.join(folder, name));
    if (weights.every(({ name }) => /\.safetensors(\.index\.json)?$/.test(name))) {
      for (const file of weights)
        if (!here.has(file.name)) await writeBeginning(candidate, file, path.join(folder, file.name));
      await tryToOpen(folder, id);
    } else if (weights.some(({ name }) => name.endsWith('.onnx'))) {
      await writeEmpty(weights, folder);
      await tryToOpen(folder, id);
    } else {
      await checkConfiguration(id, folder, weights[0]!.name);
    }
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    const said = thrown.message.replaceAll(`${folder}${path.sep}`, '').replaceAll(folder, 'it');
    throw new CoopError(thrown.code, `“${id}” is not downloaded: ${said}${await kindOf(folder)}`, {
      subject: id,
      next: 'Choose a CLIP model that this engine opens; “coop models available” lists some.',
      cause: thrown,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether it is about the model's own files, not about a network, a disk or a person. */
export const isRefusal = (thrown: unknown): thrown is CoopError =>
  thrown instanceof CoopError && /^((model|tokenizer)\.|file\.(corrupt|limit)$)/.test(thrown.code);

async function tryToOpen(folder: string, id: string): Promise<void> {
  const model = await openModel(folder, id);
  await model.tokenizer();
}

/** Of towers as ONNX nothing is read until they are run. */
async function writeEmpty(weights: readonly HubFile[], folder: string): Promise<void> {
  for (const { path: place } of weights) {
    const file = path.join(folder, ...place.split('/'));
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, '', { flag: 'wx' });
    } catch (thrown) {
      throw writeError(thrown, file);
    }
  }
}

async function writeBeginning(
  { client, urlOf, signal }: Candidate,
  file: HubFile,
  to: string,
): Promise<void> {
  const beginning = async (bytes: number) =>
    (
      await client.beginning(urlOf(file), bytes, {
        signal,
        headers: { 'accept-encoding': 'identity', range: `bytes=0-${Math.min(bytes, file.bytes) - 1}` },
      })
    ).bytes;
  let start = await beginning(FIRST_BYTES);
  if (start.length < LENGTH_BYTES) throw modelUnsupported(file.name, 'it is no safetensors file');
  const length = LENGTH_BYTES + headerLength(start, file.bytes, file.name);
  if (length > start.length) start = await beginning(length);
  try {
    const handle = await open(to, 'wx');
    try {
      await handle.writeFile(start.subarray(0, length));
      await handle.truncate(file.bytes);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw writeError(thrown, to);
  }
}

async function checkConfiguration(id: string, folder: string, weights: string): Promise<void> {
  const openClip = path.join(folder, 'open_clip_config.json');
  const config = await readConfigIfPresent(openClip, OPEN_CLIP_CONFIG);
  if (config !== null) {
    const check = config.model_cfg.vision_cfg['timm_model_name'] == null ? checkPlain : checkTimm;
    return check(openClip, config.model_cfg);
  }
  const file = path.join(folder, 'config.json');
  const names = await readConfigIfPresent(file, NAMES);
  if (names === null)
    throw modelUnsupported(
      weights,
      'no configuration beside it says what it is; once you have downloaded it yourself, its path can stand after @model',
    );
  const { model_type: type } = names;
  if (!PICKLED.has(type ?? ''))
    throw modelUnsupported(file, `model_type is ${JSON.stringify(type ?? null)}, not clip or siglip (${id})`);
}

/** What the repository's own configuration says it is. */
async function kindOf(folder: string): Promise<string> {
  const config = await readConfigIfPresent(path.join(folder, 'config.json'), NAMES).catch(() => null);
  const type = config?.architectures?.[0] ?? config?.model_type;
  return type == null ? '' : ` (Its config.json says ${JSON.stringify(type)}.)`;
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await symlink(from, to).catch(() => copyFile(from, to));
}
