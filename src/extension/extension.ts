import path from 'node:path';
import * as vscode from 'vscode';
import { registerCompare } from './features/compare/compare-runs';
import { registerExportCode } from './features/contexts/export-code';
import { registerExportContext } from './features/contexts/export-context';
import { registerDashboard } from './features/dashboard/dashboard';
import { registerDevices } from './features/devices/devices';
import { registerExperiment } from './features/experiment/experiment';
import { registerHints } from './features/hints/hints';
import { registerVerdictMarks } from './features/hints/verdict-marks';
import { registerCompletion } from './features/language/completion';
import { registerHover } from './features/language/hover';
import { registerLanguage } from './features/language/language';
import { registerLineProblems } from './features/language/line-problems';
import { registerRenameContext } from './features/language/rename-context';
import { registerScoringProblems } from './features/language/scoring-problems';
import { registerStructure } from './features/language/structure';
import { registerLearn } from './features/learn/learn';
import { registerLenses } from './features/lenses/lenses';
import { registerMissingModel } from './features/models/missing-model';
import { ModelDownloads, registerPullModel } from './features/models/pull-model';
import { ModelChoice, registerSelectModel } from './features/models/select-model';
import { registerPredict } from './features/predict/predict';
import { registerReport } from './features/report/report';
import { registerRuns } from './features/runs/runs';
import { registerSample } from './features/sample/sample';
import { registerScan } from './features/scan/scan';
import { registerScoringStatus } from './features/status/scoring-status';
import { registerStatus } from './features/status/status';
import { registerSuggest } from './features/suggest/suggest';
import { registerPromptTests } from './features/tests/prompt-tests';
import { registerCommand } from './services/commands';
import { EngineClient } from './services/engine-client';
import { HubToken, registerHubToken } from './services/hub-token';
import { LANGUAGE } from './services/languages';
import { RunGains } from './services/run-gains';
import { RunSelection } from './services/run-selection';
import { RunWatcher } from './services/run-watcher';
import { ScoreStore } from './services/score-store';
import { ScoreWatch } from './services/score-watch';

/** What tests may look at. */
export interface Api {
  readonly engine: EngineClient;
  readonly scores: ScoreStore;
  readonly watcher: RunWatcher;
}

export function activate(context: vscode.ExtensionContext): Api {
  const log = vscode.window.createOutputChannel('CoOp', { log: true });
  const engine = new EngineClient(context.asAbsolutePath(path.join('dist', 'coop.js')), log);
  const scores = new ScoreStore(engine, log);
  const watcher = new RunWatcher(documentFolders);
  const gains = new RunGains(watcher);
  const selection = new RunSelection(watcher);
  const token = new HubToken(context.secrets);
  const downloads = new ModelDownloads(engine, token);
  const models = new ModelChoice(engine, downloads);
  context.subscriptions.push(
    log,
    engine,
    scores,
    watcher,
    gains,
    selection,
    registerLanguage(),
    registerStructure(),
    registerRenameContext(),
    registerCompletion(engine),
    registerHover(scores),
    registerScoringProblems(scores, log),
    registerLineProblems(scores),
    registerHints(scores, log),
    registerVerdictMarks(scores),
    registerLenses(watcher, gains),
    registerScan(engine, models, scores, log),
    registerPredict(engine, scores, log),
    registerSelectModel(models, log),
    registerPullModel(downloads, log),
    registerMissingModel(scores),
    registerHubToken(token, log),
    registerDevices(engine, log),
    registerLearn({ context, engine, watcher, log }),
    registerSuggest(engine, log),
    registerRuns({ context, engine, watcher, gains, selection, log }),
    registerExportContext(engine, log),
    registerExportCode(engine, watcher, log),
    registerCompare({ context, engine, watcher, log }),
    registerExperiment({ context, engine, log }),
    registerReport({ context, engine, watcher, log }),
    registerPromptTests(engine),
    registerSample(context, log),
    registerStatus(watcher, gains),
    registerScoringStatus(scores, log),
    new ScoreWatch(engine, scores),
    registerDashboard({ context, watcher, gains, selection }),
    registerCommand(log, 'coop.showLog', () => log.show()),
  );
  return { engine, scores, watcher };
}

/** Runs lie beside documents: those that are open, and those in the workspace's own folders. */
function documentFolders(): string[] {
  return [
    ...vscode.workspace.textDocuments
      .filter(({ languageId, uri }) => languageId === LANGUAGE && uri.scheme === 'file')
      .map(({ uri }) => path.dirname(uri.fsPath)),
    ...(vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath),
  ];
}
