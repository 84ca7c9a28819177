import path from 'node:path';
import type { Command } from 'commander';
import { knownDataSet } from '../../engine/published/scan-images';
import { type SurveyedDataSet, surveyDataSets } from '../../engine/published/survey';
import { count, counted } from '../../shared/format/count';
import { action, type CommonOptions } from '../console/command';
import type { Terminal } from '../console/terminal';
import { textTable } from '../console/text-table';

export function addDatasets(program: Command): void {
  program
    .command('datasets')
    .description('which data sets of the paper are complete below a folder, and where to get what is missing')
    .argument('<root>', 'folder of all data sets, laid out as CoOp’s DATASETS.md says')
    .option('--json', 'the whole result as JSON')
    .addHelpText(
      'after',
      '\nA complete one is used by its folder: “@images data/oxford_pets”.\n\nExample:\n  coop datasets ./data',
    )
    .action(
      action<[string], CommonOptions>(async (terminal, work, root) => {
        const dataSets = await surveyDataSets(root, work.signal);
        terminal.result({ root, dataSets });
        printSurvey(terminal, dataSets);
        const own = await knownDataSet(path.resolve(root));
        if (own !== null)
          terminal.note(
            `${root} is itself the folder of ${own.name}: give the folder above it, or use it after @images.`,
          );
      }),
    );
}

function printSurvey(terminal: Terminal, dataSets: readonly SurveyedDataSet[]): void {
  const number = (value: number | null | undefined) => (value == null ? '–' : count(value));
  const right = (title: string) => ({ title, align: 'right' }) as const;
  terminal.print(
    textTable(
      [{ title: 'data set' }, { title: '' }, ...['classes', 'train', 'val', 'test'].map(right)],
      dataSets.map(({ name, state, found }) => [
        name,
        state,
        ...[found?.classes, found?.train, found?.val, found?.test].map(number),
      ]),
    ),
  );
  for (const { name, folder, missing } of dataSets) {
    if (missing.length === 0) continue;
    terminal.print(['', `${name} · ${folder}`]);
    for (const { path, what, from } of missing) terminal.print([`  ${path} ${what}`, `    ${from}`]);
  }
  const complete = dataSets.filter(({ state }) => state === 'complete').length;
  terminal.print([
    '',
    `${counted(complete, 'data set is', 'data sets are')} complete, of ${dataSets.length}.`,
  ]);
}
