import path from 'node:path';
import * as vscode from 'vscode';
import { readExperimentProgress } from '../../../files/experiments/experiment-state';
import { EXPERIMENT_ENDING, resultsFolder } from '../../../files/experiments/results-folder';
import { CoopError } from '../../../shared/errors';
import { registerCommand } from '../../services/commands';
import type { EngineClient } from '../../services/engine-client';
import { copyReady } from './copy-ready';
import { registerExperimentLenses } from './experiment-lenses';
import { EXPERIMENT_VIEW, ExperimentPanels } from './experiment-panel';
import { pickStart } from './pick-start';

interface Services {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineClient;
  readonly log: vscode.LogOutputChannel;
}

/** Run Experiment: its plan first, then a process of its own and the panel that fills meanwhile, also after a reload. */
export function registerExperiment(services: Services): vscode.Disposable {
  const panels = new ExperimentPanels(services);
  return vscode.Disposable.from(
    registerExperimentLenses(),
    registerCommand(services.log, 'coop.runExperiment', async (given?: unknown, start?: unknown) => {
      const file = await experimentFile(services.context, given);
      if (file === undefined) return undefined;
      const out = resultsFolder(file);
      const { status } = await readExperimentProgress(out);
      if (status !== 'planning' && status !== 'measuring') {
        const chosen = start === true ? 'start' : await pickStart(services.engine, file, status !== null);
        if (chosen === undefined) return undefined;
        if (chosen === 'start') await started(services.engine, file);
      }
      await panels.show(file);
      return out;
    }),
    vscode.window.registerWebviewPanelSerializer(EXPERIMENT_VIEW, {
      deserializeWebviewPanel: async (panel, state: unknown) => {
        const file = fileOf(state);
        if (file === null) panel.dispose();
        else panels.fill(panel, file);
      },
    }),
  );
}

function started(engine: EngineClient, file: string): Thenable<unknown> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'CoOp: starting the experiment' },
    () => engine.request('experiment/start', { file }),
  );
}

/** The given file, else the one in the editor, else one that comes ready; saved, since a process of its own reads it. */
async function experimentFile(context: vscode.ExtensionContext, given: unknown): Promise<string | undefined> {
  const open = vscode.window.activeTextEditor?.document.uri;
  const own = open !== undefined && isExperiment(open) ? open : undefined;
  const uri = given instanceof vscode.Uri ? given : (own ?? (await copyReady(context)));
  if (uri === undefined) return undefined;
  if (!isExperiment(uri))
    throw new CoopError('usage', `${path.basename(uri.path)} is no *${EXPERIMENT_ENDING} file.`, {
      next: 'Open one, such as sample.experiment.json of the sample.',
    });
  const document = vscode.workspace.textDocuments.find(({ uri: { fsPath } }) => fsPath === uri.fsPath);
  if (document?.isDirty === true) await document.save();
  return path.resolve(uri.fsPath);
}

const isExperiment = ({ scheme, fsPath }: vscode.Uri) =>
  scheme === 'file' && fsPath.endsWith(EXPERIMENT_ENDING);

/** What the view kept: a path from before the reload, perhaps of another version. */
function fileOf(state: unknown): string | null {
  if (typeof state !== 'object' || state === null || !('file' in state)) return null;
  const { file } = state;
  return typeof file === 'string' && path.isAbsolute(file) && file.endsWith(EXPERIMENT_ENDING) ? file : null;
}
