import type { RunState } from '../../shared/contracts/run';
import { stopRun } from './control';
import { readRun } from './read-run';
import { startDetached } from './start-detached';

/** Where runs are learned: a run directory is all that a launcher and the rest of the product share. */
export interface Launcher {
  /** Resolves when the run is being worked on. @throws CoopError as the place where it should start says */
  start(directory: string): Promise<void>;
  /** Asks it to save and stop; resolves when it has, with its last state. */
  stop(directory: string): Promise<RunState>;
}

/**
 * Runs as processes of this machine that outlive the one that started them.
 * @param command the `coop` command, and options of `coop learn` besides `--run`
 */
export function localLauncher(command: {
  readonly script: string;
  readonly options?: readonly string[];
}): Launcher {
  const { script, options = [] } = command;
  return {
    start: async directory => {
      await readRun(directory);
      const args = ['learn', '--run', directory, ...options];
      await startDetached({ node: process.execPath, script, args, directory });
    },
    stop: directory => stopRun(directory),
  };
}
