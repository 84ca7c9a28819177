import type { RunSummary } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import type { RunWatcher } from './run-watcher';

/** Directories that a command was given: by links and keybindings as text, by trees as their items. */
export function directoriesOf(given: readonly unknown[]): string[] {
  const [first, all] = given;
  const items = Array.isArray(all) && all.length > 0 ? all : Array.isArray(first) ? first : [first];
  return items.flatMap(item => {
    if (typeof item === 'string') return [item];
    const directory = (item as { readonly directory?: unknown } | null | undefined)?.directory;
    return typeof directory === 'string' ? [directory] : [];
  });
}

/**
 * The run of a directory, or the newest that fits.
 * @param none the reason when there is none
 * @throws CoopError `run.missing`
 */
export async function runOf(
  watcher: RunWatcher,
  given: readonly unknown[],
  fits: (run: RunSummary) => boolean,
  none: string,
): Promise<RunSummary> {
  await watcher.refresh();
  const [directory] = directoriesOf(given);
  const run = watcher.runs.find(candidate =>
    directory === undefined ? fits(candidate) : candidate.directory === directory,
  );
  if (run !== undefined) return run;
  if (directory === undefined)
    throw new CoopError('run.missing', none, { next: 'Run “CoOp: Learn Prompt” first.' });
  throw new CoopError('run.missing', `There is no run in ${directory} any more.`, {
    subject: directory,
    next: 'The view “Runs” lists those that are left.',
  });
}
