import type { Command } from 'commander';
import { type ServeOptions, serve } from '../../engine/serve/serve';
import { DEVICE_OPTION } from '../console/shelf-on';
import { THREADS_OPTION } from '../console/whole-number';

export function addServe(program: Command): void {
  program
    .command('serve', { hidden: true })
    .description('the engine of a VS Code window: JSON-RPC on stdin and stdout')
    .option(...DEVICE_OPTION)
    .option(...THREADS_OPTION)
    .action((options: ServeOptions) => serve(options));
}
