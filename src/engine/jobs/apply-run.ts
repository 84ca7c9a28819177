import path from 'node:path';
import { parseContext } from '../../files/contexts/learned-context';
import { storeContext } from '../../files/contexts/store-context';
import { refuseLinks } from '../../files/disk/refuse-links';
import { learnedLine } from '../../files/runs/learned-line';
import { readRun } from '../../files/runs/read-run';
import { pathsOfRun, readRunFile, runFile } from '../../files/runs/run-file';
import { refuseOutside } from '../../files/runs/run-place';
import type { ApplyResult } from '../../shared/contracts/protocol';
import { CoopError } from '../../shared/errors';

/**
 * Puts a run's learned context where templates find it, `.coop/contexts/NAME.safetensors`, and says which line takes
 * the place of which. The document itself is the caller's to change. The context is read and written anew, not copied: the
 * file in the run's directory may be anything.
 * @param seed of the run; default: the one that is best on dev
 * @throws CoopError `usage` for a seed that the run has not; `run.missing` when the run has not ended; `run.corrupt`, `file.corrupt`; `file.access`, `disk.full`
 */
export async function applyRun(directory: string, seed?: number): Promise<ApplyResult> {
  const { inputs, state } = await readRun(directory);
  if (state.phase !== 'done') {
    throw new CoopError(
      'run.missing',
      `The run “${inputs.name}” has nothing to apply yet: it is ${state.phase}.`,
      {
        subject: directory,
        next: 'Wait until it is done, or resume it.',
      },
    );
  }
  const document = inputs.document.path;
  await refuseLinks(pathsOfRun(directory));
  await refuseOutside(directory, document);
  const { seeds } = inputs.recipe;
  if (seed !== undefined && !seeds.includes(seed))
    throw new CoopError('usage', `The run “${inputs.name}” has no seed ${seed}.`, {
      next: `Choose one of ${seeds.join(', ')}.`,
    });
  const line = await learnedLine(directory, inputs, seed);
  // Words need no file: they stand in the line.
  if (inputs.recipe.method === 'words') return { line, replaces: inputs.replaces, contextFile: null };
  const file = seed === undefined || seeds.length === 1 ? 'context' : (`seed-${seed}` as const);
  const context = parseContext(await readRunFile(directory, file), runFile(directory, file));
  const contextFile = await storeContext(path.dirname(document), inputs.name, context);
  return { line, replaces: inputs.replaces, contextFile };
}
