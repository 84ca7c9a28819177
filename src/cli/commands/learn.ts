import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { learnRun } from '../../engine/jobs/learn-run';
import { prepareRun } from '../../engine/jobs/prepare-run';
import type { Project } from '../../engine/task/open-project';
import { TaskShelf } from '../../engine/task/task-shelf';
import type { Work } from '../../engine/task/work';
import { localLauncher } from '../../files/runs/launcher';
import { readReport } from '../../files/runs/read-report';
import { checkChoice } from '../../shared/contracts/check-choice';
import { fastSteps } from '../../shared/contracts/fast-recipe';
import {
  type PromptSpec,
  type SpecChoice,
  WORD_LISTS,
  type WordsSpec,
} from '../../shared/contracts/method-spec';
import type { RunRequest } from '../../shared/contracts/protocol';
import { RECIPE_NAMES, RECIPES, type RecipeName } from '../../shared/contracts/recipes';
import { CoopError } from '../../shared/errors';
import { isPlain } from '../../shared/template/syntax';
import { action, type CommonOptions } from '../console/command';
import { number, seconds, wholeNumber, wholeNumbers, wholeOrNone, wordCount } from '../console/option-values';
import { printReport } from '../console/print-report';
import { readDocument } from '../console/read-document';
import { type ComputeOptions, DEVICE_OPTION, precisionOption } from '../console/shelf-on';
import type { Terminal } from '../console/terminal';
import { THREADS_OPTION } from '../console/threads-option';
import { tokenOption } from '../console/token-option';
import { watchRun } from '../console/watch-run';
import { checkWordsOptions } from '../console/words-options';

interface LearnOptions extends CommonOptions, ComputeOptions {
  readonly run?: string;
  readonly line?: string;
  readonly layout?: string;
  readonly shots?: number;
  readonly seeds?: readonly number[];
  readonly epochs?: number;
  readonly ctxInit?: string;
  readonly batch?: number;
  readonly lr?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly warmupEpochs?: number;
  readonly warmupLr?: number;
  readonly method?: string;
  readonly lambda?: number;
  readonly recipe?: string;
  readonly list?: string;
  readonly words?: number;
  readonly views?: number;
  readonly threads?: number;
  readonly saveEvery?: number;
  readonly detach?: boolean;
  readonly fresh?: boolean;
  /** Commander's form of `--no-baselines`. */
  readonly baselines?: boolean;
}

export function addLearn(program: Command): void {
  program
    .command('learn')
    .description('learn the prompt of a document’s learnable line, and report the gain on test images')
    .argument('[file]', '.prompts file')
    .option('--line <template>', 'the line to learn; default: the first learnable one, else the baseline')
    .option('--layout <template>', 'what to learn in place of the line, such as "[V:8] {} [V:8]."')
    .option('--ctx-init <words>', 'learn these words’ vectors before the name: --ctx-init "a photo of a"')
    .option('--shots <n>', 'training images per class', wholeNumber)
    .option(
      '--seeds <list>',
      'one context per seed, such as 1,2,3; default 1, and 1,2,3 with --recipe paper',
      wholeNumbers,
    )
    .option(
      '--epochs <n>',
      `default: ${fastSteps(0)} to ${fastSteps(Infinity)} steps of the recipe fast, by the number of images (both beginnings take more than ${fastSteps(0)}); of the others 200 for 8 and more shots, 100 for 2 and 4, 50 for 1`,
      wholeNumber,
    )
    .option('--batch <n>', 'images in a step; default 32', wholeNumber)
    .option('--lr <number>', 'learning rate; default 0.002', number)
    .option('--momentum <number>', 'default 0.9', number)
    .option('--weight-decay <number>', 'default 0.0005', number)
    .option('--warmup-epochs <n>', 'epochs at the warm-up’s learning rate; default 1', wholeOrNone)
    .option('--warmup-lr <number>', 'learning rate of the warm-up; default 0.00001', number)
    .option('--method <name>', 'coop (default), or kgcoop, which stays near the baseline’s text features')
    .option('--lambda <number>', 'how near with --method kgcoop; default 8', number)
    .option(
      '--recipe <name>',
      `${RECIPE_NAMES.map(name => `${name}: ${RECIPES[name]}`).join('; ')}; default fast`,
    )
    .option(
      '--list <name>',
      'what [words:N] is learned from: common (words; default) or phrases of published templates',
    )
    .option('--words <n>', 'how many of that list, the most common first; default 10000', wordCount)
    .option(
      '--views <n>',
      'random views of each image with --recipe views or fast; default 8, with fast 1024 encodings a seed at most',
      wholeOrNone,
    )
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .option(...THREADS_OPTION)
    .option('--save-every <seconds>', 'how often a run is saved; default 15', seconds)
    .option('--no-baselines', 'report the prompts alone, without other methods on the same shots')
    .option('--detach', 'start in the background and return')
    .option('--fresh', 'do not go on with an unfinished run of the same inputs')
    .option('--run <directory>', 'learn what a run directory asks for')
    .addOption(tokenOption())
    .option('--json', 'the report as JSON')
    .addHelpText(
      'after',
      '\nCtrl-C saves and stops; the same command goes on.\n\nExample:\n  coop learn pets.prompts --shots 4 --seeds 1,2,3',
    )
    .action(
      action<[string | undefined], LearnOptions>(async (terminal, work, file, options) => {
        if (options.run !== undefined) checkAlone(file, options);
        const directory = options.run ?? (await prepare(terminal, work, file, options));
        if (options.detach === true) {
          const script = realpathSync(process.argv[1]!);
          const every = options.saveEvery === undefined ? [] : ['--save-every', String(options.saveEvery)];
          await localLauncher({ script, options: every }).start(directory);
          terminal.result({ directory });
          terminal.print(directory);
          return;
        }
        const done = new AbortController();
        const watching = watchRun(terminal, directory, done.signal);
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
        terminal.print(['', `Run: ${directory}`]);
      }),
    );
}

/** A run directory says itself what is learned: what else is asked for would be passed over. */
function checkAlone(file: string | undefined, options: LearnOptions): void {
  const { run: _run, detach: _detach, saveEvery: _every, json: _json, ...others } = options;
  const { baselines = true, token: _token, ...asked } = others as typeof others & { readonly token?: string };
  const [first] = Object.keys(asked);
  if (file === undefined && first === undefined && baselines) return;
  throw new CoopError('usage', '--run learns what the run’s directory says, and takes no other values.', {
    next: 'Give a .prompts file with values, or --run DIRECTORY alone.',
  });
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
  const project = await readDocument(terminal, file);
  const recipe = choiceOf(options);
  const request: RunRequest = {
    line: options.line ?? lineToLearn(project),
    recipe,
    ...(options.baselines === false ? { comparisons: false } : {}),
    ...layoutOf(options),
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  };
  checkWordsOptions(request.layout ?? request.line, recipe);
  const fresh = options.fresh === true;
  const { directory, resumed, warnings } = await prepareRun(
    project,
    request,
    new TaskShelf({ precision: options.precision, onWarning: work.onWarning }),
    { fresh },
    work,
  );
  if (resumed) terminal.note(`Going on with the unfinished run ${path.basename(directory)}.`);
  // Learning here tells them as the run's own events.
  if (options.detach === true) for (const warning of warnings) terminal.note(`warning: ${warning}`);
  return directory;
}

/** CoOp's CTX_INIT: the context begins as the embeddings of words. */
function layoutOf({ layout, ctxInit }: LearnOptions): { readonly layout?: string } {
  if (ctxInit === undefined) return layout === undefined ? {} : { layout };
  if (layout !== undefined)
    throw new CoopError('usage', '--ctx-init and --layout both say what to learn.', {
      next: 'Write the words into the layout: --layout \'[V = "a photo of a"] {}.\'',
    });
  const words = ctxInit.replaceAll('_', ' ').trim();
  if (words === '' || /["[\]]/.test(words))
    throw new CoopError('usage', `“${ctxInit}” are no words to begin with.`, {
      next: 'Write plain words: --ctx-init "a photo of a".',
    });
  return { layout: `[V = "${words}"] {}.` };
}

function choiceOf(options: LearnOptions): SpecChoice {
  const { method, lambda, shots, seeds, epochs, recipe, views, list, words } = options;
  const name = recipe === undefined ? undefined : recipeName(recipe);
  const choice: SpecChoice = {
    ...(method === undefined ? {} : { method: methodName(method) }),
    ...(lambda === undefined ? {} : { lambda }),
    ...(shots === undefined ? {} : { shots }),
    ...(seeds === undefined ? {} : { seeds }),
    ...(epochs === undefined ? {} : { epochs }),
    ...valuesOf(options),
    ...(list === undefined ? {} : { list: listName(list) }),
    ...(words === undefined ? {} : { words }),
    ...(name === undefined ? {} : { name }),
    ...(views === undefined ? {} : { views }),
  };
  checkChoice(choice);
  return choice;
}

function valuesOf({ batch, lr, momentum, weightDecay, warmupEpochs, warmupLr }: LearnOptions): SpecChoice {
  return {
    ...(batch === undefined ? {} : { batch }),
    ...(lr === undefined ? {} : { learningRate: lr }),
    ...(momentum === undefined ? {} : { momentum }),
    ...(weightDecay === undefined ? {} : { weightDecay }),
    ...(warmupEpochs === undefined ? {} : { warmupEpochs }),
    ...(warmupLr === undefined ? {} : { warmupLearningRate: warmupLr }),
  };
}

function methodName(name: string): PromptSpec['method'] {
  if (name === 'coop' || name === 'kgcoop') return name;
  if (name === 'words')
    throw new CoopError('usage', 'Words are learned where a line has a place for them.', {
      next: 'Learn a line such as “[words:4] {}.”.',
    });
  throw new CoopError('usage', `There is no method “${name}”.`, { next: 'Use coop or kgcoop.' });
}

function listName(name: string): WordsSpec['list'] {
  const found = WORD_LISTS.find(known => known === name);
  if (found !== undefined) return found;
  throw new CoopError('usage', `There is no list “${name}”.`, { next: `Use ${WORD_LISTS.join(' or ')}.` });
}

function recipeName(name: string): RecipeName {
  const found = RECIPE_NAMES.find(known => known === name);
  if (found !== undefined) return found;
  throw new CoopError('usage', `There is no recipe “${name}”.`, { next: `Use ${RECIPE_NAMES.join(', ')}.` });
}

function lineToLearn({ document, path: file }: Project): string {
  const line = document.templates.find(template => !isPlain(template)) ?? document.baseline;
  if (line !== null && line !== undefined) return line.line;
  throw new CoopError('template.syntax', `${file} has no template.`, {
    subject: file,
    next: 'Write one, such as “a photo of a {}.”, and run this again.',
  });
}
