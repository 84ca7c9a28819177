import os from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { runExperiment } from '../../engine/experiments/experiment-job';
import { openExperiment } from '../../engine/experiments/read-experiment';
import { type ExperimentPlan, ExperimentRun } from '../../engine/experiments/run-experiment';
import { learnRun } from '../../engine/jobs/learn-run';
import { plain } from '../../shared/format/accuracy-value';
import { counted } from '../../shared/format/count';
import { duration } from '../../shared/format/duration';
import { action, type CommonOptions } from '../console/command';
import { EXIT } from '../console/exit-code';
import { number, wholeNumber } from '../console/option-values';
import { type ComputeOptions, DEVICE_OPTION, precisionOption, shelfOn } from '../console/shelf-on';
import type { Terminal } from '../console/terminal';
import { textTable } from '../console/text-table';
import { tokenOption } from '../console/token-option';

interface ExperimentCommand extends CommonOptions, ComputeOptions {
  readonly plan?: boolean;
  readonly data?: string;
  readonly out?: string;
  readonly cores?: number;
  readonly memory?: number;
}

const GIB = 2 ** 30;

export function addExperiment(program: Command): void {
  program
    .command('experiment')
    .description('a grid of runs from one file: tables, figures, and nothing learned twice')
    .argument('<file>', 'a .experiment.json, or the name of one that comes with coop, such as paper-fig3')
    .option('--plan', 'only say what it would take')
    .option('--data <folder>', 'where the paper’s data sets lie, in place of the file’s “root”')
    .option('--out <folder>', 'where results go; default: NAME.results beside the file')
    .option('--cores <n>', 'processor cores to use; default: all', wholeNumber)
    .option('--memory <GiB>', 'memory for runs side by side; default: half of the machine’s', number)
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .addOption(tokenOption())
    .option('--json', 'cells and measurements as JSON')
    .addHelpText(
      'after',
      '\nCtrl-C saves and stops; the same command goes on. A cell that fails does not stop the others.\n\nExamples:\n  coop experiment sample.experiment.json --plan\n  coop experiment paper-fig3 --data ~/data',
    )
    .action(
      action<[string], ExperimentCommand>(async (terminal, work, file, options) => {
        const { data, out, cores, memory, device } = options;
        const experiment = await openExperiment(file, {
          ...(data === undefined ? {} : { data: path.resolve(data) }),
          ...(out === undefined ? {} : { out }),
        });
        const shelf = shelfOn(work, options);
        const running = new ExperimentRun(experiment, {
          ...(cores === undefined ? {} : { cores }),
          ...(memory === undefined ? {} : { memory: memory * GIB }),
          ...(device === undefined ? {} : { device }),
          shelf,
          learn: (directory, now, lane) => learnRun(directory, now, { shelf, lane }),
        });
        if (options.plan === true) {
          const plan = await running.prepare(work);
          terminal.endProgress();
          sayPlan(terminal, plan, options);
          terminal.result(summary(plan, experiment.out));
          printCells(terminal, plan);
          return;
        }
        const { plan, table, error } = await runExperiment(running, work, {
          plan: planned => {
            terminal.endProgress();
            sayPlan(terminal, planned, options);
          },
          cells: cells => {
            const done = cells.filter(({ status }) => status === 'done' || status === 'failed').length;
            terminal.progress({ message: 'Measuring', done, total: cells.length, unit: 'cells' });
          },
        });
        terminal.endProgress();
        const failed = running.cells.filter(({ status }) => status === 'failed');
        terminal.result({ ...summary(plan, experiment.out), cells: running.cells.map(told) });
        const { head, columns, rows } = table;
        terminal.print(
          textTable(
            [
              ...head.map(title => ({ title })),
              ...columns.map(title => ({ title, align: 'right' as const })),
            ],
            rows.map(({ labels, values }) => [
              ...labels,
              ...values.map(value => (value === null ? '–' : plain(value))),
            ]),
          ),
        );
        for (const state of failed)
          if (state.status === 'failed') terminal.note(`${state.cell.title}: ${state.error.message}`);
        terminal.print(['', `Results: ${path.join(experiment.out, 'index.html')}`]);
        if (error !== null) throw error;
        if (failed.length > 0) process.exitCode = EXIT.input;
      }),
    );
}

function sayPlan(
  terminal: Terminal,
  { cells, jobs, threads, seconds, bytes, device, undrawn }: ExperimentPlan,
  { precision = 'float32' }: ComputeOptions,
): void {
  const count = (status: string) => cells.filter(state => state.status === status).length;
  const [left, done, failed] = [count('waiting'), count('done'), count('failed')];
  terminal.note(
    [
      `${counted(cells.length, 'cell')}: ${done} measured before, ${left} to do${failed === 0 ? '' : `, ${failed} impossible`}`,
      `≈ ${duration(seconds)}`,
      `${jobs} side by side, ${counted(threads, 'thread')} each, on ${device}${precision === 'float32' ? '' : `, weights held as ${precision}`}`,
      `≈ ${(bytes / GIB).toFixed(1)} GiB of ${(os.totalmem() / GIB).toFixed(1)}`,
    ].join(' · '),
  );
  for (const why of undrawn) terminal.note(why);
}

function printCells(terminal: Terminal, { cells }: ExperimentPlan): void {
  terminal.print(
    textTable(
      [
        { title: 'cell' },
        { title: '' },
        { title: 'time', align: 'right' },
        { title: 'memory', align: 'right' },
      ],
      cells.map(state => {
        const { title } = state.cell;
        if (state.status === 'failed') return [title, state.error.message, '', ''];
        if (state.status === 'done') return [title, 'measured before', '', ''];
        return [title, 'to do', `≈ ${duration(state.seconds)}`, `${Math.round(state.bytes / 2 ** 20)} MiB`];
      }),
    ),
  );
}

function summary({ cells, ...plan }: ExperimentPlan, out: string) {
  return { ...plan, out, cells: cells.map(told) };
}

function told(state: ExperimentPlan['cells'][number]) {
  const { cell, ...rest } = state;
  return { title: cell.title, ...rest };
}
