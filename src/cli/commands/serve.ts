import type { Command } from 'commander';
import { serve } from '../../engine/serve/serve';

export function addServe(program: Command): void {
  program
    .command('serve', { hidden: true })
    .description('the engine of a VS Code window: JSON-RPC on stdin and stdout')
    .action(serve);
}
