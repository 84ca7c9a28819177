import type { Command } from 'commander';
import { type ServeOptions, serve } from '../../engine/serve/serve';
import { errorData } from '../../shared/errors';
import { exitCode } from '../console/exit-code';
import { outputLines } from '../console/output';
import { DEVICE_OPTION, precisionOption } from '../console/shelf-on';
import { THREADS_OPTION } from '../console/threads-option';

const LAST_WORK_MS = 5000;

export function addServe(program: Command): void {
  program
    .command('serve', { hidden: true })
    .description('the engine of a VS Code window: JSON-RPC on stdin and stdout')
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .option(...THREADS_OPTION)
    .action(async (options: ServeOptions) => {
      // What is worked on then ends as when the window closes: cancelled, with what it started.
      for (const signal of ['SIGTERM', 'SIGHUP'] as const)
        process.once(signal, () => process.stdin.destroy());
      try {
        await serve(options);
      } catch (thrown) {
        const { code, message } = errorData(thrown);
        process.exitCode = exitCode(code);
        outputLines('stderr', [message]);
      }
      // What was cancelled ends by itself, unless it hangs.
      setTimeout(() => process.exit(), LAST_WORK_MS).unref();
    });
}
