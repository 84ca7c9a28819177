import path from 'node:path';
import * as vscode from 'vscode';
import { CoopError } from '../../../shared/errors';
import { duration } from '../../../shared/format/duration';
import type { RunPlan, RunRequest } from '../../../shared/protocol';
import type { Recipe } from '../../../shared/run';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import type { EngineClient } from '../../services/engine-client';
import { LANGUAGE } from '../language/language';

/**
 * `CoOp: Learn Prompt` on a line: one pick, whose first row starts and whose other rows edit one value each.
 * @param line the template; default: the one under the cursor
 * @param start true starts with the defaults without asking
 * @returns the run's directory; undefined when the user left
 */
export async function learnPrompt(
  engine: EngineClient,
  line?: string,
  start = false,
): Promise<string | undefined> {
  const document = activeDocument();
  const params = { path: document.uri.fsPath, text: document.getText() };
  let request: RunRequest = { line: line ?? lineAtCursor(document), recipe: {} };
  for (;;) {
    const asked = { ...params, ...request };
    const plan = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: 'CoOp: planning' },
      () => engine.request('run/plan', asked),
    );
    if (start) return (await engine.request('run/start', asked)).directory;
    const choice = await pick(plan);
    if (choice === undefined) return undefined;
    if (choice === 'start') return (await engine.request('run/start', asked)).directory;
    request = (await edit(choice, request, plan)) ?? request;
  }
}

type Choice = 'start' | 'layout' | 'shots' | 'epochs' | 'seeds' | 'device';

async function pick(plan: RunPlan): Promise<Choice | undefined> {
  const { recipe, template, device, estimateSeconds, baseline, warnings } = plan;
  const rows: (vscode.QuickPickItem & { readonly choice: Choice })[] = [
    {
      choice: 'start',
      label: `$(play) Start · ${recipe.shots} shots · ${template} · ${device} · ≈ ${duration(estimateSeconds)}`,
      detail: [`Compared with “${baseline}” on test images never used before.`, ...warnings].join(' '),
    },
    { choice: 'layout', label: '$(edit) Layout', description: template },
    { choice: 'shots', label: '$(edit) Shots', description: String(recipe.shots) },
    { choice: 'epochs', label: '$(edit) Epochs', description: String(recipe.epochs) },
    { choice: 'seeds', label: '$(edit) Seeds', description: recipe.seeds.join(', ') },
    { choice: 'device', label: '$(edit) Device', description: device },
  ];
  const chosen = await vscode.window.showQuickPick(rows, {
    title: 'CoOp: Learn Prompt',
    placeHolder: 'Start, or change one value',
  });
  return chosen?.choice;
}

async function edit(choice: Exclude<Choice, 'start'>, request: RunRequest, plan: RunPlan) {
  const { recipe } = plan;
  const number = async (title: string, value: number) => {
    const text = await vscode.window.showInputBox({
      title,
      value: String(value),
      validateInput: entered => (/^[1-9]\d{0,4}$/.test(entered) ? null : 'A whole number from 1.'),
    });
    return text === undefined ? undefined : Number(text);
  };
  const withRecipe = (change: Partial<Recipe>): RunRequest => ({
    ...request,
    recipe: { ...request.recipe, ...change },
  });
  switch (choice) {
    case 'shots': {
      const shots = await number('Training images per class', recipe.shots);
      return shots === undefined ? undefined : withRecipe({ shots });
    }
    case 'epochs': {
      const epochs = await number('Epochs', recipe.epochs);
      return epochs === undefined ? undefined : withRecipe({ epochs });
    }
    case 'seeds': {
      const text = await vscode.window.showInputBox({
        title: 'One context is learned per seed',
        value: recipe.seeds.join(', '),
        validateInput: entered =>
          /^\d+(\s*,\s*\d+)*$/.test(entered.trim()) ? null : 'Numbers, such as 1, 2, 3.',
      });
      return text === undefined ? undefined : withRecipe({ seeds: text.split(',').map(Number) });
    }
    case 'layout': {
      const layout = await vscode.window.showInputBox({ title: 'Layout to learn', value: plan.template });
      return layout === undefined ? undefined : { ...request, layout };
    }
    case 'device': {
      const device = await vscode.window.showQuickPick(['cpu', 'webgpu', 'cuda', 'dml', 'coreml'], {
        title: 'Device to learn on',
      });
      return device === undefined ? undefined : { ...request, device };
    }
  }
}

/** The `.prompts` document that commands work on. @throws CoopError `usage` when there is none */
export function activeDocument(): vscode.TextDocument {
  const active = vscode.window.activeTextEditor?.document;
  if (active?.languageId === LANGUAGE) return active;
  const visible = vscode.window.visibleTextEditors.find(({ document }) => document.languageId === LANGUAGE);
  if (visible !== undefined) return visible.document;
  throw new CoopError('usage', 'No .prompts document is open.', {
    next: 'Open one, or run “CoOp: Open Sample”.',
  });
}

function lineAtCursor(document: vscode.TextDocument): string {
  const editor = vscode.window.visibleTextEditors.find(candidate => candidate.document === document);
  const row = editor?.selection.active.line ?? 0;
  const { templates } = parsePrompts(document.getText());
  const found = templates.find(({ span }) => document.positionAt(span.start).line === row);
  if (found !== undefined) return found.line;
  throw new CoopError(
    'usage',
    `There is no template on line ${row + 1} of ${path.basename(document.fileName)}.`,
    {
      next: 'Put the cursor on a template and run the command again.',
    },
  );
}
