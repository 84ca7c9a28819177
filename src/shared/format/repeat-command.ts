import type { PromptSpec } from '../contracts/method-spec';
import { type Shell, shellArgument } from './shell-argument';

/** What a run was started with, as its files say. */
export interface RepeatFacts {
  /** Path of the document. */
  readonly document: string;
  readonly template: string;
  readonly recipe: PromptSpec;
  readonly device: string;
  readonly threads: number;
}

/**
 * The command that learns a run again, in its document's folder. It is made of the run's values whenever it is shown,
 * never read from a file: what a person copies into a shell is ours.
 */
export function repeatCommand(
  { document, template, recipe, device, threads }: RepeatFacts,
  shell: Shell,
): string {
  const quoted = (value: string | number) => shellArgument(String(value), shell);
  const name = document.replace(/^.*[/\\]/s, '');
  return [
    'coop learn',
    quoted(name.startsWith('-') ? `./${name}` : name),
    `--line ${quoted(template)}`,
    ...(recipe.method === 'coop' ? [] : [`--method ${quoted(recipe.method)}`]),
    ...(recipe.method === 'kgcoop' ? [`--lambda ${quoted(recipe.lambda)}`] : []),
    `--shots ${quoted(recipe.shots)}`,
    `--seeds ${quoted(recipe.seeds.join(','))}`,
    `--epochs ${quoted(recipe.epochs)}`,
    `--recipe ${quoted(recipe.name)}${recipe.views === undefined ? '' : ` --views ${quoted(recipe.views)}`}`,
    `--device ${quoted(device)}`,
    `--threads ${quoted(threads)}`,
    '--fresh',
  ].join(' ');
}
