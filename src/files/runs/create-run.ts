import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RUN_FILES, type RunInputs } from '../../shared/contracts/run';
import { writeFileAtomic } from '../disk/atomic-file';
import { systemCode, writeError } from '../disk/file-error';

const IGNORED = 'runs/\n';
const COOP_FOLDER = '.coop';
const MAX_NAME_BYTES = 100;

/**
 * Writes the directory of a new run: `run.json` and nothing else. Its name, which is the run's id, is the time (UTC)
 * and the run's name, so that directories sort by age. `.coop/.gitignore` keeps runs out of git.
 * @param runsFolder `.coop/runs` beside the document
 * @returns the directory
 * @throws CoopError `file.access`, `disk.full`
 */
export async function createRun(runsFolder: string, inputs: Omit<RunInputs, 'id'>): Promise<string> {
  const stamp = inputs.createdAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const base = `${stamp}-${fileName(inputs.name)}`;
  try {
    await mkdir(runsFolder, { recursive: true });
    await ignoreRuns(path.dirname(runsFolder));
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}-${number}`;
      const directory = path.join(runsFolder, id);
      if (!(await makeNew(directory))) continue;
      const text = `${JSON.stringify({ ...inputs, id }, null, 2)}\n`;
      await writeFileAtomic(path.join(directory, RUN_FILES.inputs), text);
      return directory;
    }
  } catch (thrown) {
    throw writeError(thrown, runsFolder);
  }
}

/** An existing file is the user's and stays; a folder of another name is not ours to give rules to. */
async function ignoreRuns(coopFolder: string): Promise<void> {
  if (path.basename(coopFolder) !== COOP_FOLDER) return;
  try {
    await writeFile(path.join(coopFolder, '.gitignore'), IGNORED, { flag: 'wx' });
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw thrown;
  }
}

async function makeNew(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

/** The name without what a file system reserves, so that it can never lead out of the folder. */
function fileName(name: string): string {
  const safe = name.replaceAll(/[\p{Cc}<>:"/\\|?*]/gu, '-').replace(/[. ]+$/, '');
  return Buffer.from(safe).subarray(0, MAX_NAME_BYTES).toString('utf8').replaceAll('\ufffd', '');
}
