import type { Command, OptionValues } from 'commander';
import type { Work } from '../../engine/task/work';
import { errorData } from '../../shared/errors';
import { exitCode } from './exit-code';
import { outputLines } from './output';
import { Terminal } from './terminal';

export interface CommonOptions {
  readonly json?: boolean;
}

/** Ctrl-C, `kill`, and a terminal that closes. */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Wraps a command's action: cancellation by Ctrl-C, SIGTERM or SIGHUP, progress on stderr, errors as message and next step,
 * and the documented exit codes. A second Ctrl-C ends the process at once.
 */
export function action<Arguments extends unknown[], Options extends CommonOptions>(
  run: (terminal: Terminal, work: Work, ...rest: [...Arguments, Options]) => Promise<void>,
): (...rest: [...Arguments, Options, unknown]) => Promise<void> {
  return async (...all) => {
    // An option that a command shares with the one it belongs to is read by that one.
    const options = (all.at(-1) as Command).optsWithGlobals<Options & OptionValues>();
    const rest = [...all.slice(0, -2), options] as unknown as [...Arguments, Options];
    const terminal = new Terminal(options.json === true);
    const abort = new AbortController();
    const stop = () => {
      if (abort.signal.aborted) process.exit(exitCode('cancelled'));
      terminal.note('Stopping … (press Ctrl-C again to end at once)');
      abort.abort();
    };
    for (const signal of STOPS) process.on(signal, stop);
    try {
      await run(
        terminal,
        {
          signal: abort.signal,
          onProgress: progress => terminal.progress(progress),
          onWarning: message => terminal.note(`warning: ${message}`),
        },
        ...rest,
      );
      terminal.endProgress();
    } catch (thrown) {
      terminal.endProgress();
      const error = errorData(thrown);
      terminal.result({ error });
      outputLines('stderr', [
        `${error.code === 'cancelled' ? '' : 'coop: '}${error.message}`,
        ...(error.next === undefined ? [] : [`  ${error.next}`]),
      ]);
      if (error.code === 'internal' && thrown instanceof Error && process.env['COOP_DEBUG'] !== undefined)
        terminal.note(thrown.stack?.split('\n') ?? '');
      process.exitCode = exitCode(error.code);
    } finally {
      for (const signal of STOPS) process.off(signal, stop);
    }
  };
}
