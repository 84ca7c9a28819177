import { CoopError } from '../../../shared/errors';
import { ADAPTER_CONFIG, adapterRefusal } from '../parts/adapter';
import { isWeights } from '../parts/model-files';
import { foreignWeights, USUAL_WEIGHTS } from '../shelf/choose-weights';
import type { HubFile, Repository } from './repository';

/** The files of a repository that a model is opened with; nothing else of it is downloaded. */
export interface NeededFiles {
  /** Configurations and tokenizer. */
  readonly small: readonly HubFile[];
  readonly weights: readonly HubFile[];
  /** The pull request that the weights are from; null for those of the main branch. */
  readonly weightsFrom: string | null;
}

/** What this engine, open_clip or transformers reads beside weights. */
const SMALL = new Set([
  'config.json',
  'open_clip_config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'spiece.model',
  'tokenizer.model',
  'sentencepiece.bpe.model',
  'bpe_simple_vocab_16e6.txt.gz',
]);
/** sentence-transformers keeps a CLIP in this folder of a repository. */
const PART = '0_CLIPModel';
/** An adapter's configuration has 1 kB. */
const MAX_CONFIG_BYTES = 256 * 1024;

/**
 * @throws CoopError `model.unsupported`, `model.missing` saying what the repository holds instead
 */
export async function neededFiles(id: string, repository: Repository): Promise<NeededFiles> {
  const main = await repository.commit('main');
  const top = await repository.files(main);
  const inPart = top.some(({ name }) => name === 'modules.json') && !top.some(({ name }) => isWeights(name));
  const files = inPart ? await repository.files(main, PART) : top;
  const small = files.filter(({ name }) => SMALL.has(name));
  const adapter = files.find(({ name }) => name === ADAPTER_CONFIG);
  const own = adapter === undefined ? usualWeights(files) : null;
  const isPickle = own?.[0]?.name.startsWith('pytorch_model') === true;
  if (isPickle) {
    const proposal = await repository.conversion();
    const proposed =
      proposal === null ? null : usualWeights(await repository.files(await repository.commit(proposal)));
    if (proposed?.[0]?.name.startsWith('model.safetensors') === true)
      return { small, weights: proposed, weightsFrom: proposal };
  }
  const weights = own ?? (await onnxTowers(repository, main));
  if (weights === null && adapter !== undefined) throw await refusedAdapter(id, repository, adapter, files);
  return { small, weights: weights ?? [onlyWeights(id, files)], weightsFrom: null };
}

async function refusedAdapter(
  id: string,
  repository: Repository,
  config: HubFile,
  files: readonly HubFile[],
): Promise<CoopError> {
  return adapterRefusal(
    id,
    await repository.beginning(config, MAX_CONFIG_BYTES).catch(thrown => {
      // That it is an adapter is known without its configuration, which a gated model does not give.
      if (thrown instanceof CoopError && thrown.code.startsWith('hub.')) return null;
      throw thrown;
    }),
    usualWeights(files) === null
      ? ''
      : '; the weights beside it are used once you have downloaded them yourself, by their path after @model',
  );
}

/** Of the usual names, safetensors first; an index with the parts it is of. */
function usualWeights(files: readonly HubFile[]): readonly HubFile[] | null {
  const safeFirst = [true, false].flatMap(safe =>
    USUAL_WEIGHTS.filter(name => name.includes('.safetensors') === safe),
  );
  const name = safeFirst.find(usual => files.some(file => file.name === usual));
  if (name === undefined) return null;
  const of = /^(.+)(\.\w+)\.index\.json$/.exec(name);
  return files.filter(
    file =>
      file.name === name ||
      (of !== null &&
        file.name.startsWith(`${of[1]}-`) &&
        /-\d+-of-\d+\.\w+$/.test(file.name) &&
        file.name.endsWith(of[2]!)),
  );
}

/** transformers.js' towers, the most exact there are, with what is stored beside them; null where there are none. */
async function onnxTowers(repository: Repository, commit: string): Promise<readonly HubFile[] | null> {
  const files = await repository.files(commit, 'onnx').catch((thrown: unknown) => {
    if (thrown instanceof CoopError && thrown.code === 'hub.missing') return [];
    throw thrown;
  });
  for (const suffix of ['', '_fp16', '_quantized', '_int8', '_uint8']) {
    const towers = ['text', 'vision'].map(tower => `${tower}_model${suffix}.onnx`);
    if (!towers.every(tower => files.some(({ name }) => name === tower))) continue;
    return files.filter(({ name }) => towers.some(tower => name === tower || name === `${tower}_data`));
  }
  return null;
}

function onlyWeights(id: string, files: readonly HubFile[]): HubFile {
  const names = files.map(({ name }) => name);
  const all = files.filter(({ name }) => isWeights(name) && !name.endsWith('.index.json'));
  const safe = all.filter(({ name }) => name.endsWith('.safetensors'));
  const candidates = safe.length > 0 ? safe : all;
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length > 1)
    throw new CoopError(
      'model.unsupported',
      `“${id}” holds ${candidates.length} weights files (${candidates
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ')}${candidates.length > 5 ? ', …' : ''}), none of a name that says it is the model.`,
      { subject: id, next: 'Download the one you want yourself, and write its path after @model.' },
    );
  const foreign = foreignWeights(names);
  throw new CoopError(
    'model.unsupported',
    foreign === undefined
      ? `“${id}” holds no weights: neither .safetensors nor PyTorch’s .bin or .pt.`
      : `“${id}” holds weights of ${foreign} only, which are not read here.`,
    { subject: id, next: 'Choose a repository of a CLIP model: “coop models available” lists some.' },
  );
}
