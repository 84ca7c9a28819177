import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { improveLines, ROUNDS } from '../../../shared/asking/improve-lines';
import { TriedLines } from '../../../shared/asking/tried-lines';
import type { DocumentParams } from '../../../shared/contracts/protocol';
import type { JudgedSuggestion, Suggestion, SuggestResult } from '../../../shared/contracts/suggest';
import { CoopError, errorData } from '../../../shared/errors';
import { progressCount } from '../../../shared/format/count';
import { fullDelta } from '../../../shared/format/delta';
import { percent } from '../../../shared/format/percent';
import { selectionNotes } from '../../../shared/format/selection-notes';
import { chosenSuggestion } from '../../../shared/verdicts/chosen-suggestion';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { tell } from '../../services/notice';
import { learnSource } from '../learn/learn-source';
import { applySuggestion } from './apply-suggestion';
import { askModel, type ChatModel, chatModels, consents } from './chat-model';
import { SuggestPick } from './suggest-pick';

const ARGUMENTS = v.strictObject({
  line: v.exactOptional(v.string()),
  /** Puts the best in without asking. */
  apply: v.exactOptional(v.boolean()),
  /** A chat model of other code in this window, which has its user's consent. */
  model: v.exactOptional(v.custom<ChatModel>(given => typeof given === 'object' && given !== null)),
});

interface Search {
  readonly engine: EngineClient;
  readonly params: DocumentParams;
  readonly line: string;
  readonly lines: TriedLines;
  readonly token: vscode.CancellationToken;
}

/** What was put into the document, and what it gives on test images. */
interface Applied {
  readonly lines: readonly string[];
  readonly judged: JudgedSuggestion;
}

/** Suggest Templates: better lines for the one under the cursor, and an ensemble; a click puts one in its place. */
export function registerSuggest(engine: EngineClient, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, 'coop.suggest', (given?: unknown) => suggest(engine, given));
}

async function suggest(engine: EngineClient, given: unknown): Promise<Applied | undefined> {
  const { line: named, apply, model } = argumentsOf(given);
  const { params, line, list } = await learnSource(named);
  const stop = new vscode.CancellationTokenSource();
  const lines = new TriedLines();
  const search: Search = { engine, params, line, lines, token: stop.token };
  const pick = apply === true ? null : new SuggestPick(line, lines);
  try {
    const found = pick === null ? await best(search, model) : await picked(search, pick);
    if (found === undefined) return undefined;
    const document = await vscode.workspace.openTextDocument(list ?? vscode.Uri.file(params.path));
    await applySuggestion(document, line, found.lines);
    return await judge(search, found);
  } finally {
    // Whoever picks early, or hides the list, needs no more lines.
    stop.cancel();
    pick?.dispose();
    stop.dispose();
  }
}

interface Found {
  readonly lines: readonly string[];
  readonly compared: number;
}

/** The best, without a list; a model is asked where one is given. Undefined where nothing is better than the line. */
async function best(search: Search, model: ChatModel | undefined): Promise<Found | undefined> {
  const { base, suggestions, ensemble } = await searched(search, null);
  const asked = model === undefined ? [] : await answers(search, model, base, null);
  const sorted = [...suggestions, ...asked].sort((a, b) => b.accuracy - a.accuracy);
  const lines = chosenSuggestion({ suggestions: sorted, ensemble });
  if (lines !== null) return { lines, compared: search.lines.compared };
  tell('information', `None is better on dev images than “${search.line}”, which stays.`);
  return undefined;
}

/** What the user picks, perhaps before all is tried; undefined where the list was hidden. */
async function picked(search: Search, pick: SuggestPick): Promise<Found | undefined> {
  const early = pick.next();
  const searching = searched(search, pick);
  const first = await Promise.race([searching.then(() => null), early.then(value => ({ value }))]);
  if (first !== null) {
    searching.catch(() => undefined);
    return first.value?.kind === 'lines'
      ? { lines: first.value.lines, compared: search.lines.compared }
      : undefined;
  }
  const result = await searching;
  const models = await chatModels();
  let next = early;
  for (;;) {
    pick.done(result, models);
    const value = await next;
    if (value === undefined) return undefined;
    if (value.kind === 'lines') return { lines: value.lines, compared: search.lines.compared };
    next = pick.next();
    if (!(await consents(value.model))) continue;
    pick.searching();
    const more = answers(search, value.model, result.base, pick).catch((thrown: unknown) => {
      // The list stands without what it did not bring.
      if (!search.token.isCancellationRequested)
        tell('warning', `${value.model.name} did not answer: ${errorData(thrown).message}`);
    });
    await Promise.race([more, next]);
  }
}

/** @throws CoopError `usage` */
function argumentsOf(given: unknown): v.InferOutput<typeof ARGUMENTS> {
  if (given === undefined || given === null) return {};
  const { success, output, issues } = v.safeParse(
    ARGUMENTS,
    typeof given === 'string' ? { line: given } : given,
  );
  if (success) return output;
  throw new CoopError(
    'usage',
    `coop.suggest cannot use its arguments: ${v.getDotPath(issues[0])}: ${issues[0].message}`,
    { next: 'Give, as you like, line and apply.' },
  );
}

/** Published lines, edits and ensembles are tried. */
async function searched(search: Search, pick: SuggestPick | null): Promise<SuggestResult> {
  const result = await tried(search, {}, pick);
  search.lines.searched(result.compared);
  return result;
}

/** Lines are tried; the list fills meanwhile. */
async function tried(
  { engine, params, line, lines, token }: Search,
  request: { readonly lines?: readonly string[] },
  pick: SuggestPick | null,
): Promise<SuggestResult> {
  const job = randomUUID();
  const follow = engine.onNotification(({ name, params: told }) => {
    if (name === 'engine/log' || told.job !== job) return;
    if (name === 'suggest/partial') {
      lines.add(told.suggestions);
      pick?.added();
    }
    if (name === 'engine/progress')
      pick?.tell(`${told.message} · ${progressCount(told.done, told.total, told.unit)}`);
  });
  try {
    return await engine.request('suggest/lines', { ...params, line, job, ...request }, token);
  } finally {
    follow.dispose();
  }
}

/** What a language model proposes in ten rounds, scored here. */
function answers(
  search: Search,
  model: ChatModel,
  base: SuggestResult['base'],
  pick: SuggestPick | null,
): Promise<Suggestion[]> {
  const known = [{ line: base.line, accuracy: base.accuracy.value }, ...search.lines.found];
  return improveLines(known, {
    ask: question => askModel(model, question, search.token),
    score: async lines => (await tried(search, { lines }, pick)).suggestions,
    onRound: round => {
      pick?.tell(`${model.name}: ${progressCount(round, ROUNDS, 'rounds')}`);
      return !search.token.isCancellationRequested;
    },
  });
}

async function judge({ engine, params, line }: Search, { lines, compared }: Found): Promise<Applied> {
  const judged = await engine.request('suggest/judge', {
    ...params,
    line,
    lines,
    compared,
    job: randomUUID(),
  });
  const { accuracy, delta, selection } = judged;
  const told = [
    `On test images: ${percent(accuracy.value)}, ${fullDelta(delta)}.`,
    ...selectionNotes(selection, delta.difference),
  ];
  tell('information', told.join(' '));
  return { lines, judged };
}
