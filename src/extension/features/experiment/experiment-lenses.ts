import * as vscode from 'vscode';
import { readExperimentProgress } from '../../../files/experiments/experiment-state';
import { EXPERIMENT_ENDING, resultsFolder } from '../../../files/experiments/results-folder';
import { count, counted } from '../../../shared/format/count';
import { commandLink } from '../../services/commands';

/** Run Experiment at the head of its file, or how far it is; the command shows it in both cases. */
export function registerExperimentLenses(): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const states = vscode.workspace.createFileSystemWatcher('**/*.results/state.json');
  const fire = () => changed.fire();
  return vscode.Disposable.from(
    changed,
    states,
    states.onDidCreate(fire),
    states.onDidChange(fire),
    states.onDidDelete(fire),
    vscode.workspace.onDidGrantWorkspaceTrust(fire),
    vscode.languages.registerCodeLensProvider(
      { scheme: 'file', pattern: `**/*${EXPERIMENT_ENDING}` },
      { onDidChangeCodeLenses: changed.event, provideCodeLenses: document => lensesOf(document.uri) },
    ),
  );
}

async function lensesOf(file: vscode.Uri): Promise<vscode.CodeLens[]> {
  const head = new vscode.Range(0, 0, 0, 0);
  if (!vscode.workspace.isTrusted)
    return [
      new vscode.CodeLens(head, {
        title: '$(shield) Trust this folder to run the experiment',
        command: 'workbench.trust.manage',
      }),
    ];
  return [new vscode.CodeLens(head, commandLink('coop.runExperiment', await sayHow(file), file))];
}

async function sayHow(file: vscode.Uri): Promise<string> {
  // A damaged state is told by the command and its panel.
  const progress = await readExperimentProgress(resultsFolder(file.fsPath)).catch(() => null);
  if (progress === null || progress.state === null) return '$(play) Run Experiment';
  const { state, status } = progress;
  const cells = `${count(state.done)} of ${counted(state.total, 'cell')} measured`;
  switch (status) {
    case 'planning':
      return '$(sync~spin) Planning …';
    case 'measuring':
      return `$(sync~spin) ${cells}`;
    default:
      return `$(play) Run Experiment · ${cells}`;
  }
}
