import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileProblem } from '../../shared/contracts/scan';
import { inspectFile, MAX_FILE_BYTES } from '../images/inspect-file';
import { linkProblem } from './image-files';
import { type InspectionMemory, openInspectionMemory } from './inspection-memory';
import type { ScanOptions } from './scan';

export type FileFacts =
  | { readonly hash: string; readonly rotated: boolean; readonly bytes: number }
  | { readonly problem: Pick<FileProblem, 'reason' | 'detail'> };

/** Files read at once: enough to hide a disk's latency. */
const PARALLEL = 8;
const REPORT_EVERY_MILLISECONDS = 100;

/**
 * Inspects files, unchanged ones from memory. When it is cancelled, what was read so far is remembered.
 * @param files relative to `root`
 * @returns in input order
 */
export async function inspectFiles(
  root: string,
  files: readonly string[],
  { signal, onProgress, limits, memoryFolder }: ScanOptions,
): Promise<FileFacts[]> {
  const memory = await openInspectionMemory(root, memoryFolder);
  const facts = new Array<FileFacts>(files.length);
  const started = performance.now();
  let [next, done, reported] = [0, 0, started];
  const report = (now: number) => {
    reported = now;
    const perSecond = (done * 1000) / Math.max(1, now - started);
    onProgress?.({ message: 'Reading files', done, total: files.length, unit: 'files', perSecond });
  };
  const work = async () => {
    for (let at = next++; at < files.length; at = next++) {
      signal?.throwIfAborted();
      facts[at] = await factsOf(root, files[at]!, memory, limits?.maxFileBytes ?? MAX_FILE_BYTES);
      done += 1;
      const now = performance.now();
      if (done === files.length || now - reported > REPORT_EVERY_MILLISECONDS) report(now);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: PARALLEL }, work));
  const failed = ends.find(end => end.status === 'rejected');
  await memory.save(failed !== undefined);
  if (failed !== undefined) throw failed.reason;
  return facts;
}

async function factsOf(
  root: string,
  relative: string,
  memory: InspectionMemory,
  maxBytes: number,
): Promise<FileFacts> {
  const file = path.join(root, relative);
  let facts: Awaited<ReturnType<typeof bigStat>>;
  try {
    facts = await bigStat(file);
  } catch (thrown) {
    const problem = linkProblem(thrown);
    return { problem: problem.reason === 'missing' ? { ...problem, detail: 'it does not exist' } : problem };
  }
  if (!facts.isFile()) return { problem: { reason: 'unsupported', detail: 'it is no file' } };
  const bytes = Number(facts.size);
  const known = bytes > maxBytes ? undefined : memory.get(relative, facts);
  const found = known ?? (await inspectFile(file, bytes, maxBytes));
  if (known === undefined && bytes <= maxBytes) memory.put(relative, facts, found);
  return 'problem' in found ? found : { ...found, bytes };
}

function bigStat(file: string) {
  return stat(file, { bigint: true });
}
