import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { RUN_FILES, type RunInputs } from '../../shared/run';
import { writeFileAtomic } from '../io/atomic-file';
import { systemCode, writeError } from '../io/file-error';

/**
 * Writes the directory of a new run: `run.json` and nothing else. `.coop/.gitignore` keeps runs out of git.
 * @param runsFolder `.coop/runs` beside the document
 * @returns the directory
 * @throws CoopError `file.access`, `disk.full`
 */
export async function createRun(runsFolder: string, inputs: Omit<RunInputs, 'id'>): Promise<string> {
  const stamp = inputs.createdAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const base = `${stamp}-${inputs.name}`;
  try {
    await mkdir(runsFolder, { recursive: true });
    const ignore = path.join(path.dirname(runsFolder), '.gitignore');
    if (!existsSync(ignore)) await writeFileAtomic(ignore, 'runs/\n');
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}-${number}`;
      const directory = path.join(runsFolder, id);
      if (!(await makeNew(directory))) continue;
      await writeFileAtomic(
        path.join(directory, RUN_FILES.inputs),
        `${JSON.stringify({ ...inputs, id }, null, 2)}\n`,
      );
      return directory;
    }
  } catch (thrown) {
    throw writeError(thrown, runsFolder);
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
