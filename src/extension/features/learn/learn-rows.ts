import * as vscode from 'vscode';
import type { PromptSpec } from '../../../shared/contracts/method-spec';
import type { RunPlan } from '../../../shared/contracts/protocol';
import { RECIPES } from '../../../shared/contracts/recipes';
import { duration } from '../../../shared/format/duration';
import { contextLengthOf } from '../../../shared/template/context-length';
import { parseTemplate } from '../../../shared/template/parse-template';

export type EditableRow = 'layout' | 'length' | 'shots' | 'epochs' | 'seeds' | 'recipe' | 'device';
type Row = 'start' | 'reset' | EditableRow;

/** The plan as one row that starts it, and one for each value that can be changed. */
export async function pickRow(plan: RunPlan, changed: boolean): Promise<Row | undefined> {
  const { recipe, template, device, estimateSeconds, baseline, warnings, refused } = plan;
  const length = contextLengthOf(parseTemplate(template).template!);
  const row = (choice: EditableRow, icon: string, label: string, description: string) => ({
    choice,
    label: `$(${icon}) ${label}`,
    description,
  });
  const better = refused.map(({ device: name }) => name).join(', ');
  const rows: (vscode.QuickPickItem & { readonly choice?: Row })[] = [
    {
      choice: 'start',
      label: `$(play) Start · ${recipe.shots} shots · ${template} · ${device} · ≈ ${duration(estimateSeconds)}`,
      detail: [`Compared with “${baseline}” on test images never used before.`, ...warnings].join(' '),
    },
    { label: 'Change', kind: vscode.QuickPickItemKind.Separator },
    row('layout', 'symbol-string', 'Layout', template),
    ...(length === null ? [] : [row('length', 'symbol-array', 'Context vectors', `M = ${length}`)]),
    row('shots', 'file-media', 'Shots', `${recipe.shots} training images per class`),
    row('epochs', 'sync', 'Epochs', String(recipe.epochs)),
    row('seeds', 'symbol-numeric', 'Seeds', recipe.seeds.join(', ')),
    row('recipe', 'beaker', 'Recipe', recipeText(recipe)),
    row('device', 'circuit-board', 'Device', better === '' ? device : `${device} (not ${better})`),
    ...(changed ? [{ choice: 'reset' as const, label: '$(discard) Use the defaults' }] : []),
  ];
  const chosen = await vscode.window.showQuickPick(rows, {
    title: 'CoOp: Learn Prompt',
    placeHolder: 'Start, or change one value',
  });
  return chosen?.choice;
}

function recipeText({ name, views }: PromptSpec): string {
  return views === undefined ? `${name}: ${RECIPES[name]}` : `${name} (${views}): ${RECIPES[name]}`;
}
