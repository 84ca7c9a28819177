import { realpathSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { learnRun } from '../../engine/jobs/learn-run';
import { prepareRun } from '../../engine/jobs/start-run';
import { ModelShelf } from '../../engine/models/shelf/opened-model';
import { type Project, readProject } from '../../engine/task/open-project';
import type { Work } from '../../engine/task/work';
import { readReport } from '../../files/runs/read-report';
import { readEvents, readRun } from '../../files/runs/read-run';
import { startDetached } from '../../files/runs/start-detached';
import type { RunRequest } from '../../shared/contracts/protocol';
import type { Recipe, RecipeName } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import { percent } from '../../shared/format/percent';
import { isPlain } from '../../shared/template/syntax';
import { action, type CommonOptions } from '../console/command';
import { printReport } from '../console/print-report';
import { DEVICE_OPTION } from '../console/shelf-on';
import type { Terminal } from '../console/terminal';
import { duration, THREADS_OPTION, wholeNumber, wholeNumbers } from '../console/whole-number';

interface LearnOptions extends CommonOptions {
  readonly run?: string;
  readonly line?: string;
  readonly layout?: string;
  readonly shots?: number;
  readonly seeds?: readonly number[];
  readonly epochs?: number;
  readonly recipe?: string;
  readonly views?: number;
  readonly device?: string;
  readonly threads?: number;
  readonly saveEvery?: number;
  readonly detach?: boolean;
  readonly fresh?: boolean;
}

const DEFAULT_VIEWS = 8;

export function addLearn(program: Command): void {
  program
    .command('learn')
    .description('learn the prompt of a document’s learnable line, and report the gain on test images')
    .argument('[file]', '.prompts file')
    .option('--line <template>', 'the line to learn; default: the first learnable one, else the baseline')
    .option('--layout <template>', 'what to learn in place of a plain line', undefined)
    .option('--shots <n>', 'training images per class', wholeNumber)
    .option('--seeds <list>', 'one context per seed, such as 1,2,3', wholeNumbers)
    .option('--epochs <n>', 'default: 200 for 8 and more shots, 100 for 2 and 4, 50 for 1', wholeNumber)
    .option(
      '--recipe <name>',
      'cached (default): images encoded once; paper: a fresh random crop and flip in every epoch; views: --views of them, encoded once',
    )
    .option('--views <n>', 'random views of each image with --recipe views; default 8', wholeNumber)
    .option(...DEVICE_OPTION)
    .option(...THREADS_OPTION)
    .option('--save-every <seconds>', 'how often a run is saved; default 15', duration)
    .option('--detach', 'start in the background and return')
    .option('--fresh', 'do not go on with an unfinished run of the same inputs')
    .option('--run <directory>', 'learn what a run directory asks for')
    .option('--json', 'the report as JSON')
    .addHelpText(
      'after',
      '\nCtrl-C saves and stops; the same command goes on.\n\nExample:\n  coop learn pets.prompts --shots 4 --seeds 1,2,3',
    )
    .action(
      action<[string | undefined], LearnOptions>(async (terminal, work, file, options) => {
        const directory = options.run ?? (await prepare(terminal, work, file, options));
        if (options.detach === true) {
          const script = realpathSync(process.argv[1]!);
          await startDetached({
            node: process.execPath,
            script,
            args: [
              'learn',
              '--run',
              directory,
              ...(options.saveEvery === undefined ? [] : ['--save-every', String(options.saveEvery)]),
            ],
            directory,
          });
          terminal.result({ directory });
          terminal.print(directory);
          return;
        }
        const done = new AbortController();
        const watching = watch(terminal, directory, done.signal);
        try {
          const { saveEvery } = options;
          await learnRun(
            directory,
            work,
            saveEvery === undefined ? {} : { checkpointEveryMs: 1000 * saveEvery },
          );
        } finally {
          done.abort();
          await watching;
        }
        const report = await readReport(directory);
        terminal.endProgress();
        terminal.result({ directory, report });
        printReport(terminal, report);
        terminal.print(`\nRun: ${directory}`);
      }),
    );
}

async function prepare(
  terminal: Terminal,
  work: Work,
  file: string | undefined,
  options: LearnOptions,
): Promise<string> {
  if (file === undefined)
    throw new CoopError('usage', 'There is nothing to learn.', {
      next: 'Give a .prompts file, or --run DIRECTORY.',
    });
  const project = await readProject(file);
  const recipe: { -readonly [Key in keyof Recipe]?: Recipe[Key] } = {};
  if (options.shots !== undefined) recipe.shots = options.shots;
  if (options.seeds !== undefined) recipe.seeds = options.seeds;
  if (options.epochs !== undefined) recipe.epochs = options.epochs;
  if (options.recipe !== undefined) recipe.name = recipeName(options.recipe);
  if (recipe.name === 'views') recipe.views = options.views ?? DEFAULT_VIEWS;
  else if (options.views !== undefined)
    throw new CoopError('usage', '--views belongs to --recipe views.', { next: 'Add --recipe views.' });
  const request: RunRequest = {
    line: options.line ?? lineToLearn(project),
    recipe,
    ...(options.layout === undefined ? {} : { layout: options.layout }),
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  };
  const fresh = options.fresh === true;
  const { directory, resumed } = await prepareRun(project, request, new ModelShelf(), { fresh }, work);
  if (resumed) terminal.note(`Going on with the unfinished run ${path.basename(directory)}.`);
  return directory;
}

function recipeName(name: string): RecipeName {
  if (name === 'cached' || name === 'paper' || name === 'views') return name;
  throw new CoopError('usage', `There is no recipe “${name}”.`, { next: 'Use cached, paper or views.' });
}

function lineToLearn({ document, path: file }: Project): string {
  const line = document.templates.find(template => !isPlain(template)) ?? document.baseline;
  if (line !== null && line !== undefined) return line.line;
  throw new CoopError('template.syntax', `${file} has no template.`, {
    subject: file,
    next: 'Write one, such as “a photo of a {}.”, and run this again.',
  });
}

/** Follows the run's own files, as any other watcher does. */
async function watch(terminal: Terminal, directory: string, signal: AbortSignal): Promise<void> {
  let from = 0;
  let seeds = 1;
  let epochs = 0;
  while (!signal.aborted) {
    await sleep(200, undefined, { signal }).catch(() => undefined);
    const { events, nextByte } = await readEvents(directory, from);
    from = nextByte;
    for (const event of events) {
      if (event.type === 'warning') terminal.note(`warning: ${event.message}`);
      if (event.type === 'resume') terminal.note(`Resumed at step ${event.step}.`);
      if (event.type !== 'epoch') continue;
      if (epochs === 0) {
        const { inputs } = await readRun(directory);
        ({ epochs } = inputs.recipe);
        seeds = inputs.recipe.seeds.length;
      }
      const which = seeds > 1 ? `Learning, seed ${event.seed}` : 'Learning';
      const dev = event.devAccuracy === undefined ? '' : ` · dev ${percent(event.devAccuracy)}`;
      terminal.progress({
        message: which,
        detail: `loss ${event.loss.toFixed(3)}${dev}`,
        done: event.epoch,
        total: epochs,
        unit: 'epochs',
      });
    }
  }
}
