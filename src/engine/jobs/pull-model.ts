import { statfs } from 'node:fs/promises';
import type { PulledModel } from '../../shared/contracts/protocol';
import { CoopError } from '../../shared/errors';
import { megabytes } from '../../shared/format/megabytes';
import { isHubId } from '../../shared/snippets/snippet-facts';
import { huggingFaceCache, usableSnapshot } from '../models/caches/hub-cache';
import { CachedRepository } from '../models/download/cached-repository';
import { checkFamily, isRefusal } from '../models/download/check-family';
import { downloadBlob } from '../models/download/download-blob';
import { HubClient } from '../models/download/hub-client';
import { hubSettings } from '../models/download/hub-settings';
import { type NeededFiles, neededFiles } from '../models/download/needed-files';
import { type HubFile, Repository } from '../models/download/repository';
import { withDownloadLock } from '../models/download/with-download-lock';
import { openModel } from '../models/shelf/open-model';
import type { Work } from '../task/work';
import { DownloadProgress } from './download-progress';

/**
 * Downloads a model of the Hugging Face hub into the cache that Python shares, or what of it is not there yet; the only
 * thing in this program that asks a network for anything.
 * @param id `owner/name`
 * @param token of the editor's secret storage; it comes before HF_TOKEN and the stored login
 * @throws CoopError `usage`; `hub.missing`, `hub.denied`, `hub.unreachable`; `model.unsupported` before weights are
 * downloaded, of which nothing stays but the empty folder of locks; `disk.full`, `file.access`, `file.corrupt`; the signal's
 * reason. Otherwise whatever is here by then is kept.
 */
export async function pullModel(
  id: string,
  token: string | undefined,
  work: Work = {},
): Promise<PulledModel> {
  if (!isHubId(id) || id.split('/').some(part => /^\.+$/.test(part)))
    throw new CoopError('usage', `${JSON.stringify(id)} is no name of a model on the hub.`, {
      subject: id,
      next: 'Write it as “owner/name”, such as openai/clip-vit-base-patch16.',
    });
  const cache = huggingFaceCache();
  if (cache === null)
    throw new CoopError('file.access', 'There is no folder for models: this user has no home folder.', {
      next: 'Set HF_HUB_CACHE to a folder for them.',
    });
  const settings = hubSettings(token);
  const cached = new CachedRepository(cache, id);
  if (settings.offline) return offline(cached);
  const client = new HubClient(settings, id);
  try {
    return await pull(cached, client, work);
  } finally {
    await client.close();
  }
}

async function pull(cached: CachedRepository, client: HubClient, work: Work): Promise<PulledModel> {
  const { id } = cached;
  const { signal } = work;
  const repository = new Repository(client, id, signal);
  const needed = await neededFiles(id, repository);
  const { small, weights, weightsFrom } = needed;
  const files = [...small, ...weights];
  await cached.makeLockFolder();
  const progress = new DownloadProgress(id, files, cached, work);
  return withDownloadLock(
    { folder: cached.lockFolder, id, signal },
    () => progress.waiting(),
    async () => {
      const get = async (file: HubFile) => {
        if (cached.find(file) === null)
          await downloadBlob({
            client,
            id,
            file,
            url: repository.fileUrl(file),
            target: await cached.target(file),
            signal,
            onBytes: bytes => progress.received(file, bytes),
          });
        await cached.link(file);
      };
      progress.begin();
      for (const file of [...small, ...weights.filter(({ name }) => name.endsWith('.json'))]) await get(file);
      if (weights.some(file => cached.find(file) === null)) {
        await checkFamily({
          id,
          client,
          here: new Map(
            files.flatMap(file => {
              const place = cached.find(file);
              return place === null ? [] : [[file.name, place] as const];
            }),
          ),
          weights,
          urlOf: file => repository.fileUrl(file),
          signal,
        }).catch(async thrown => {
          if (isRefusal(thrown)) await cached.takeBack();
          throw thrown;
        });
        await checkSpace(cached, weights);
        for (const file of weights) await get(file);
      } else {
        for (const file of weights) await cached.link(file);
      }
      if (weightsFrom !== null) await cached.refer(weightsFrom, weights[0]!.commit);
      await cached.refer('main', commitOf(needed));
      return opened(cached, {
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        downloaded: progress.downloaded,
        weights: weights[0]!.name,
        weightsFrom,
      });
    },
  );
}

/** Of the main branch; weights may be a pull request's. */
const commitOf = ({ small, weights }: NeededFiles): string => (small[0] ?? weights[0])!.commit;

async function checkSpace(cached: CachedRepository, weights: readonly HubFile[]): Promise<void> {
  const missing = weights.reduce((sum, file) => sum + file.bytes - cached.bytesHere(file), 0);
  // Where the system does not tell, writing will.
  const facts = await statfs(cached.blobs).catch(() => null);
  const free = facts === null ? Number.POSITIVE_INFINITY : facts.bavail * facts.bsize;
  if (missing <= free) return;
  throw new CoopError(
    'disk.full',
    `“${cached.id}” needs ${megabytes(missing)} more, and ${cached.cache} has room for ${megabytes(free)}.`,
    { subject: cached.id, next: 'Free some space, or set HF_HUB_CACHE to a folder on another disk.' },
  );
}

/** What was downloaded must open, weights included; a model that does not is told now, not when it is first scored. */
async function opened(
  cached: CachedRepository,
  facts: Omit<PulledModel, 'id' | 'folder'>,
): Promise<PulledModel> {
  const folder = usableSnapshot(cached.folder)!;
  const model = await openModel(folder, cached.id);
  await model.tokenizer();
  return { id: cached.id, folder: model.folder, ...facts };
}

/** Without a network, what is here is all there is. */
async function offline(cached: CachedRepository): Promise<PulledModel> {
  const folder = usableSnapshot(cached.folder);
  if (folder === null)
    throw new CoopError(
      'hub.unreachable',
      `“${cached.id}” is not here, and HF_HUB_OFFLINE says that nothing shall be downloaded.`,
      { subject: cached.id, next: 'Unset HF_HUB_OFFLINE (and TRANSFORMERS_OFFLINE) to download it.' },
    );
  return opened(cached, { bytes: 0, downloaded: 0, weights: '', weightsFrom: null });
}
