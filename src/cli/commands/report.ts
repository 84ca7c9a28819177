import type { Command } from 'commander';
import { readReport } from '../../engine/serve/read-report';
import { action, type CommonOptions } from '../command';
import { findRun } from '../find-run';
import { printReport } from '../print-report';

export function addReport(program: Command): void {
  program
    .command('report')
    .description('what a run gained on test images')
    .argument('[run]', 'run directory, or name of a run in this folder; default: the newest')
    .option('--json', 'the whole report as JSON')
    .addHelpText('after', '\nExample:\n  coop report pets-16shot')
    .action(
      action<[string | undefined], CommonOptions>(async (terminal, _work, wanted) => {
        const { directory } = await findRun(wanted);
        const report = await readReport(directory);
        terminal.result(report);
        printReport(terminal, report);
      }),
    );
}
