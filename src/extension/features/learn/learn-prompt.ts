import * as vscode from 'vscode';
import { parseTemplate } from '../../../shared/template/parse-template';
import { isPlain } from '../../../shared/template/syntax';
import { activeDocument, lineAtCursor } from '../../services/active-prompts';
import { runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { editChoice } from './edit-choice';
import { type LastChoice, type LearnChoice, learnArguments, requestOf } from './learn-arguments';
import { pickRow } from './learn-rows';

/**
 * `CoOp: Learn Prompt` on a line: one pick, whose first row starts and whose other rows edit one value each. It begins
 * with what was chosen last.
 * @param given see LearnArguments
 * @returns the run's directory; undefined when the user left
 */
export async function learnPrompt(
  engine: EngineClient,
  last: LastChoice,
  given: unknown,
): Promise<string | undefined> {
  const { line: named, start, ...asked } = learnArguments(given);
  const document = activeDocument();
  const params = { path: document.uri.fsPath, text: document.getText() };
  const line = named ?? lineAtCursor(document);
  let choice: LearnChoice = { ...(start === true ? {} : suited(last.get(), line)), ...asked };
  for (;;) {
    const request = { ...params, ...requestOf(line, choice) };
    if (start === true) return (await engine.request('run/start', request)).directory;
    const plan = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: 'CoOp: planning' },
      () => engine.request('run/plan', request),
    );
    const row = await pickRow(plan, Object.keys(choice).length > 0);
    if (row === undefined) return undefined;
    if (row === 'start') {
      const { directory } = await engine.request('run/start', request);
      await last.set(choice);
      await runCommand('coop.dashboard.focus', { preserveFocus: true });
      return directory;
    }
    choice = row === 'reset' ? {} : ((await editChoice(engine, row, choice, plan)) ?? choice);
  }
}

/** A layout chosen for another line goes in the place of a plain one only. */
function suited({ layout, ...choice }: LearnChoice, line: string): LearnChoice {
  const { template } = parseTemplate(line);
  return layout !== undefined && template !== null && isPlain(template) ? { ...choice, layout } : choice;
}
