import type { PromptSpec, RunSpec, WordsSpec } from '../contracts/method-spec';
import type { Precision } from '../contracts/precision';
import type { Report } from '../contracts/report';
import { type Shell, shellArgument } from './shell-argument';

/** What a run was started with, as its files say. */
export interface RepeatFacts {
  /** Path of the document. */
  readonly document: string;
  readonly template: string;
  /** The document's line that was learned on; its layout is `template` where that is another line. */
  readonly replaces: string;
  readonly recipe: RunSpec;
  readonly device: string;
  readonly threads: number;
  readonly precision?: Precision;
  readonly baseline: string;
  readonly comparisons?: boolean;
}

/** What a run's report says of how it was started. */
export function repeatFacts({
  document,
  template,
  replaces,
  baseline,
  provenance,
  results,
  leftOut,
  unfitted,
}: Report): RepeatFacts {
  const { recipe, device, threads, precision } = provenance;
  const compared =
    leftOut !== undefined || unfitted !== undefined || results.some(({ kind }) => kind === 'method');
  return {
    document,
    template,
    replaces,
    baseline,
    recipe,
    device,
    threads,
    comparisons: compared,
    ...(precision === undefined ? {} : { precision }),
  };
}

/**
 * The command that learns a run again, in its document's folder. It is made of the run's values whenever it is shown,
 * never read from a file: what a person copies into a shell is ours.
 */
export function repeatCommand(
  {
    document,
    template,
    replaces,
    baseline,
    recipe,
    device,
    threads,
    precision = 'float32',
    comparisons,
  }: RepeatFacts,
  shell: Shell,
): string {
  const quoted = (value: string | number) => shellArgument(String(value), shell);
  const name = document.replace(/^.*[/\\]/s, '');
  return [
    'coop learn',
    quoted(name.startsWith('-') ? `./${name}` : name),
    // A plain line that gave way to a layout is the baseline itself.
    ...(replaces === baseline
      ? [`--line ${quoted(replaces)}`, `--layout ${quoted(template)}`]
      : [`--line ${quoted(template)}`]),
    ...(recipe.method === 'words' ? wordsOptions(recipe, quoted) : promptOptions(recipe, quoted)),
    ...(comparisons === false ? ['--no-baselines'] : []),
    `--device ${quoted(device)}`,
    `--threads ${quoted(threads)}`,
    ...(precision === 'float32' ? [] : [`--precision ${quoted(precision)}`]),
    '--fresh',
  ].join(' ');
}

type Quoted = (value: string | number) => string;

function wordsOptions(recipe: WordsSpec, quoted: Quoted): string[] {
  return [
    `--shots ${quoted(recipe.shots)}`,
    `--seeds ${quoted(recipe.seeds.join(','))}`,
    `--list ${quoted(recipe.list)}`,
    `--words ${quoted(recipe.words)}`,
  ];
}

function promptOptions(recipe: PromptSpec, quoted: Quoted): string[] {
  return [
    ...(recipe.method === 'coop' ? [] : [`--method ${quoted(recipe.method)}`]),
    ...(recipe.method === 'kgcoop' ? [`--lambda ${quoted(recipe.lambda)}`] : []),
    `--shots ${quoted(recipe.shots)}`,
    `--seeds ${quoted(recipe.seeds.join(','))}`,
    `--epochs ${quoted(recipe.epochs)}`,
    `--recipe ${quoted(recipe.name)}${recipe.views === undefined ? '' : ` --views ${quoted(recipe.views)}`}`,
    // The recipe fast has values of its own.
    ...(recipe.name === 'fast'
      ? []
      : [
          `--batch ${quoted(recipe.batch)}`,
          `--lr ${quoted(recipe.learningRate)}`,
          `--momentum ${quoted(recipe.momentum)}`,
          `--weight-decay ${quoted(recipe.weightDecay)}`,
          `--warmup-epochs ${quoted(recipe.warmupEpochs)}`,
          `--warmup-lr ${quoted(recipe.warmupLearningRate)}`,
        ]),
  ];
}
