import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { RUN_FILES, type RunInputs } from '../../shared/contracts/run';
import { inputsText } from '../../shared/contracts/run-inputs';
import { COOP_FOLDER } from '../coop-folder';
import { removeLeftovers, temporaryName, writeFileAtomic } from '../disk/atomic-file';
import { writeError } from '../disk/file-error';
import { refuseLinks } from '../disk/refuse-links';
import { nextStamp } from './run-order';
import { storedDocument } from './run-place';

const IGNORED = 'runs/\n';
const MAX_NAME_BYTES = 100;

/**
 * Writes the directory of a new run: `run.json` and nothing else. Its name, which is the run's id, is the time (UTC)
 * and the run's name, so that directories sort by age. `.coop/.gitignore` keeps runs out of git.
 * @param runsFolder `.coop/runs` beside the document
 * @returns the directory
 * @throws CoopError `file.access`, `disk.full`
 */
export async function createRun(runsFolder: string, inputs: Omit<RunInputs, 'id'>): Promise<string> {
  try {
    await refuseLinks([path.dirname(runsFolder), runsFolder]);
    await mkdir(runsFolder, { recursive: true });
    await ignoreRuns(path.dirname(runsFolder));
    await removeLeftovers(runsFolder);
    const stamp = nextStamp(inputs.createdAt, await readdir(runsFolder));
    const base = `${stamp}-${fileName(inputs.name)}`;
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}-${number}`;
      const directory = path.join(runsFolder, id);
      const { text, path: document } = inputs.document;
      const stored: RunInputs = { ...inputs, id, document: { path: storedDocument(document), text } };
      const content = inputsText(stored, path.join(directory, RUN_FILES.inputs));
      if (await makeNew(directory, RUN_FILES.inputs, content)) return directory;
    }
  } catch (thrown) {
    throw writeError(thrown, runsFolder);
  }
}

/**
 * An existing file is the user's and stays, except for an empty one, which a full disk left; a folder of another name is
 * not ours to give rules to.
 */
async function ignoreRuns(coopFolder: string): Promise<void> {
  if (path.basename(coopFolder) !== COOP_FOLDER) return;
  const file = path.join(coopFolder, '.gitignore');
  const facts = await lstat(file).catch(() => null);
  if (facts !== null && !(facts.isFile() && facts.size === 0)) return;
  await writeFileAtomic(file, IGNORED, 'refuse');
}

/**
 * Makes a directory with one file in it, or nothing: a process that is killed meanwhile leaves no directory that looks like a
 * run. False where something of that name is.
 */
async function makeNew(directory: string, name: string, content: string): Promise<boolean> {
  if (await isThere(directory)) return false;
  const draft = temporaryName(directory);
  try {
    await mkdir(draft);
    await writeFileAtomic(path.join(draft, name), content, 'refuse');
    // A directory that is not empty is not replaced.
    await rename(draft, directory);
    return true;
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    if (await isThere(directory)) return false;
    throw thrown;
  }
}

const isThere = async (file: string) => (await lstat(file).catch(() => null)) !== null;

/** The name without what a file system reserves, so that it can never lead out of the folder. */
function fileName(name: string): string {
  const safe = name.replaceAll(/[\p{Cc}<>:"/\\|?*]/gu, '-').replace(/[. ]+$/, '');
  return Buffer.from(safe).subarray(0, MAX_NAME_BYTES).toString('utf8').replaceAll('\ufffd', '');
}
