import * as vscode from 'vscode';
import { fastEvaluations } from '../../../shared/contracts/fast-recipe';
import type { PromptSpec, RunSpec } from '../../../shared/contracts/method-spec';
import type { RunPlan } from '../../../shared/contracts/protocol';
import { RECIPES } from '../../../shared/contracts/recipes';
import type { ErrorData } from '../../../shared/errors';
import { count } from '../../../shared/format/count';
import { duration } from '../../../shared/format/duration';
import { contextLengthOf } from '../../../shared/template/context-length';
import { parseTemplate } from '../../../shared/template/parse-template';

export type EditableRow = 'layout' | 'length' | 'shots' | 'epochs' | 'seeds' | 'recipe' | 'device';
type Row = 'start' | 'report' | 'comparisons' | 'reset' | EditableRow;

/**
 * The plan as one row that starts it, and one for each value that can be changed.
 * @param refused the value that was chosen last and cannot be learned with, and why
 */
export async function pickRow(
  plan: RunPlan,
  { changed, comparisons }: { readonly changed: boolean; readonly comparisons: boolean },
  refused: { readonly row: EditableRow; readonly error: ErrorData } | null,
): Promise<Row | undefined> {
  const { recipe, template, device, precision, estimateSeconds, baseline, warnings, learnedBefore } = plan;
  const length = contextLengthOf(parseTemplate(template).template!);
  const row = (choice: EditableRow, icon: string, label: string, description: string) => ({
    choice,
    label: `$(${icon}) ${label}`,
    description,
  });
  const better = plan.refused.map(({ device: name }) => name).join(', ');
  const rows: (vscode.QuickPickItem & { readonly choice?: Row })[] = [
    ...(refused === null
      ? []
      : [
          {
            choice: refused.row,
            label: `$(error) ${refused.error.message}`,
            detail: refused.error.next ?? '',
            alwaysShow: true,
          },
        ]),
    ...(learnedBefore === undefined
      ? []
      : [
          {
            choice: 'report' as const,
            label: `$(graph) Open the report of ${learnedBefore.name}`,
            detail: 'Learned from exactly these images, values and model: a new one ends the same.',
          },
        ]),
    {
      choice: 'start',
      label: `$(play) Start · ${recipe.shots} shots · ${template} · ${device} · ≈ ${duration(estimateSeconds)}`,
      detail: [`Compared with “${baseline}” on test images never used before.`, ...warnings].join(' '),
    },
    { label: 'Change', kind: vscode.QuickPickItemKind.Separator },
    row('layout', 'symbol-string', 'Layout', template),
    ...(length === null
      ? []
      : [
          row(
            'length',
            'symbol-array',
            'Context vectors',
            `M = ${length}: learned vectors in the place of words`,
          ),
        ]),
    row('shots', 'file-media', 'Shots', `${recipe.shots} training images per class`),
    ...(recipe.method === 'words' ? [] : [row('epochs', 'sync', 'Epochs', epochsText(recipe))]),
    row(
      'seeds',
      'symbol-numeric',
      'Seeds',
      `${recipe.seeds.join(', ')}: a context of its own is learned with each`,
    ),
    row('recipe', 'beaker', 'Recipe', recipeText(recipe)),
    row(
      'device',
      'circuit-board',
      'Device',
      `${better === '' ? device : `${device} (not ${better})`}${precision === 'float32' ? '' : `, weights held as ${precision}`}`,
    ),
    {
      choice: 'comparisons' as const,
      label: `$(list-ordered) Comparisons`,
      description: comparisons
        ? 'with other methods on the same shots; choose to skip them'
        : 'skipped; choose to compare with other methods on the same shots',
    },
    ...(changed ? [{ choice: 'reset' as const, label: '$(discard) Use the defaults' }] : []),
  ];
  const chosen = await vscode.window.showQuickPick(rows, {
    title: 'CoOp: Learn Prompt',
    placeHolder: 'Start, or change one value',
  });
  return chosen?.choice;
}

function recipeText(spec: RunSpec): string {
  if (spec.method === 'words')
    return spec.list === 'phrases' ? 'phrases of published templates' : `${count(spec.words)} common words`;
  const { name, views } = spec;
  return views === undefined ? `${name}: ${RECIPES[name]}` : `${name} (${views}): ${RECIPES[name]}`;
}

function epochsText(spec: PromptSpec): string {
  const { name, epochs } = spec;
  if (name !== 'fast') return `${count(epochs)} times through all training images`;
  return `${count(epochs)} steps, ${count(fastEvaluations(epochs))} with both beginnings`;
}
