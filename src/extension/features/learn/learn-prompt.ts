import * as vscode from 'vscode';
import type { DocumentParams, RunPlan, RunRequest } from '../../../shared/contracts/protocol';
import { type ErrorData, errorData } from '../../../shared/errors';
import { contextLengthOf, withContextLength } from '../../../shared/template/context-length';
import { parseTemplate } from '../../../shared/template/parse-template';
import { isPlain } from '../../../shared/template/syntax';
import { runCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import type { LearnedFrom } from '../../services/learned-from';
import { editChoice, whole } from './edit-choice';
import { type LastChoice, type LearnChoice, learnArguments, requestOf } from './learn-arguments';
import { type EditableRow, pickRow } from './learn-rows';
import { learnSource } from './learn-source';

interface Services {
  readonly engine: EngineClient;
  readonly last: LastChoice;
  readonly from: LearnedFrom;
}

/**
 * `CoOp: Learn Prompt` on a line: one pick, whose first row starts and whose other rows edit one value each. It begins
 * with what was chosen last. A choice that cannot be learned is told in the pick, above the plan that can.
 * @param given see LearnArguments
 * @returns the run's directory; undefined when the user left
 */
export async function learnPrompt(
  { engine, last, from }: Services,
  given: unknown,
): Promise<string | undefined> {
  const { line: named, start, ...asked } = learnArguments(given);
  const { params, line, list } = await learnSource(named);
  const begin = async (choice: LearnChoice) => {
    const { directory } = await engine.request('run/start', { ...params, ...requestOf(line, choice) });
    if (list !== null) await from.keep(directory, list);
    return directory;
  };
  let choice: LearnChoice = { ...(start === true ? {} : suited(last.get(), line)), ...asked };
  if (start === true) return begin(choice);
  let good: { readonly plan: RunPlan; readonly choice: LearnChoice } | null = null;
  let refused: { readonly row: EditableRow; readonly error: ErrorData } | null = null;
  let edited: EditableRow = 'layout';
  for (;;) {
    try {
      good = { plan: await planned(engine, { ...params, ...requestOf(line, choice) }), choice };
      refused = null;
    } catch (thrown) {
      const error = errorData(thrown);
      if (good === null) {
        const shorter = await shorterLayout(error, choice.layout ?? line);
        if (shorter === null) throw thrown;
        if (shorter === undefined) return undefined;
        choice = { ...choice, layout: shorter };
        continue;
      }
      refused = { row: edited, error };
      choice = good.choice;
    }
    const row = await pickRow(
      good.plan,
      { changed: Object.keys(choice).length > 0, comparisons: choice.comparisons !== false },
      refused,
    );
    if (row === undefined) return undefined;
    if (row === 'start') {
      const directory = await begin(choice);
      await last.set(choice);
      await runCommand('coop.dashboard.focus', { preserveFocus: true });
      return directory;
    }
    if (row === 'report') {
      await runCommand('coop.openReport', good.plan.learnedBefore?.directory);
      return undefined;
    }
    if (row === 'reset') choice = {};
    else if (row === 'comparisons') choice = { ...choice, comparisons: choice.comparisons === false };
    else {
      edited = row;
      choice = (await editChoice(engine, row, choice, good.plan)) ?? choice;
    }
  }
}

function planned(engine: EngineClient, request: DocumentParams & RunRequest): Thenable<RunPlan> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'CoOp: planning' },
    () => engine.request('run/plan', request),
  );
}

/** A layout in place of one that leaves a class no room; null where the error is another one, undefined when the user left. */
async function shorterLayout(error: ErrorData, layout: string): Promise<string | null | undefined> {
  const { template } = parseTemplate(layout);
  const length = template === null ? null : contextLengthOf(template);
  if (error.code !== 'template.tooLong' || template === null || length === null) return null;
  const prompt = `${error.message} ${error.next ?? ''}`;
  const shorter = await whole('Context vectors (M) of each slot', Math.min(16, length - 1), prompt);
  return shorter === undefined ? undefined : withContextLength(template, shorter);
}

/** A layout chosen for another line goes in the place of a plain one only. */
function suited({ layout, ...choice }: LearnChoice, line: string): LearnChoice {
  const { template } = parseTemplate(line);
  return layout !== undefined && template !== null && isPlain(template) ? { ...choice, layout } : choice;
}
