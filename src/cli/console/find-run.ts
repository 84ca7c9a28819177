import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { coopFolder } from '../../files/coop-folder';
import { listRuns, readRun } from '../../files/runs/read-run';
import { RUN_FILES, type RunSummary } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';

/**
 * The run that a command means: a directory, a name or id in `.coop/runs` below the current folder, or the newest one.
 * @throws CoopError `run.missing`, `run.corrupt`
 */
export async function findRun(wanted: string | undefined, folder = process.cwd()): Promise<RunSummary> {
  if (wanted !== undefined && existsSync(path.join(wanted, RUN_FILES.inputs)))
    return readRun(await realpath(wanted));
  const runs = await listRuns(coopFolder(folder, 'runs'));
  const found =
    wanted === undefined
      ? runs[0]
      : runs.find(({ inputs }) => inputs.name === wanted || inputs.id === wanted);
  if (found !== undefined) return found;
  throw new CoopError(
    'run.missing',
    wanted === undefined ? `There are no runs in ${folder}.` : `There is no run “${wanted}” in ${folder}.`,
    {
      next:
        runs.length === 0
          ? 'Run “coop learn FILE.prompts” first, or name a run directory.'
          : `Known runs: ${runs.map(({ inputs }) => inputs.name).join(', ')}.`,
    },
  );
}
