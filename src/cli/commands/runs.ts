import path from 'node:path';
import type { Command } from 'commander';
import { coopFolder } from '../../files/coop-folder';
import { findRuns } from '../../files/runs/read-run';
import type { RunSummary } from '../../shared/contracts/run';
import { percent } from '../../shared/format/percent';
import { action, type CommonOptions } from '../console/command';
import type { Terminal } from '../console/terminal';
import { textTable } from '../console/text-table';

export function addRuns(program: Command): void {
  program
    .command('runs')
    .description('the runs beside a document, newest first')
    .argument('[folder]', 'folder of the document', '.')
    .option('--json', 'the whole list as JSON')
    .addHelpText('after', '\nExample:\n  coop runs ~/pets')
    .action(
      action<[string], CommonOptions>(async (terminal, _work, folder) => {
        const { runs, damaged } = await findRuns(coopFolder(path.resolve(folder), 'runs'));
        terminal.result({ runs, damaged });
        if (runs.length + damaged.length === 0) {
          terminal.print(`No runs in ${path.resolve(folder)}. “coop learn FILE.prompts” starts one.`);
          return;
        }
        if (runs.length > 0) printRuns(terminal, runs);
        if (damaged.length === 0) return;
        terminal.print([...(runs.length > 0 ? [''] : []), 'Damaged:']);
        for (const { directory, error } of damaged) terminal.print(`  ${directory}: ${error.message}`);
      }),
    );
}

function printRuns(terminal: Terminal, runs: readonly RunSummary[]): void {
  terminal.print(
    textTable(
      [
        { title: 'run' },
        { title: 'status' },
        { title: 'template' },
        { title: 'epoch', align: 'right' },
        { title: 'dev', align: 'right' },
        { title: 'started' },
      ],
      runs.map(({ inputs, state, status }) => [
        inputs.name,
        status,
        inputs.template,
        `${state.epoch}/${state.epochs}`,
        state.devAccuracy === undefined ? '–' : percent(state.devAccuracy),
        inputs.createdAt.slice(0, 16).replace('T', ' '),
      ]),
    ),
  );
}
