import path from 'node:path';
import * as vscode from 'vscode';
import { EXPERIMENT_ENDING, experimentName } from '../../../files/experiments/results-folder';
import { parseExperiment } from '../../../shared/contracts/experiment';
import { CoopError } from '../../../shared/errors';
import { exists } from '../../services/exists';
import { pickFolder } from '../../services/pick-folder';

/**
 * One of the experiments that come with the extension, copied into the folder that is open, with the place of the paper's
 * data sets: the copy is the user's to change. One that is there already stays as it is.
 * @returns undefined when the user left
 * @throws CoopError `usage` where no folder is open
 */
export async function copyReady({ extensionUri }: vscode.ExtensionContext): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (folder?.scheme !== 'file')
    throw new CoopError('usage', `No *${EXPERIMENT_ENDING} file and no folder is open.`, {
      next: 'Open a folder: an experiment and its results are files there.',
    });
  const chosen = await vscode.window.showQuickPick(
    ready(vscode.Uri.joinPath(extensionUri, 'media', 'experiments')),
    {
      title: 'CoOp: Run Experiment · no experiment is in the editor',
      placeHolder: 'One of the paper’s, copied into this folder; or open an experiment file of yours',
      matchOnDetail: true,
    },
  );
  if (chosen === undefined) return undefined;
  const copy = vscode.Uri.joinPath(folder, path.basename(chosen.file.fsPath));
  if (!(await exists(copy))) {
    const data = await pickFolder('Use This Folder', {
      title: 'The folder of the paper’s data sets, laid out as CoOp’s DATASETS.md says',
      defaultUri: folder,
    });
    if (data === undefined) return undefined;
    const { $schema: _, ...experiment } = chosen.experiment as Record<string, unknown>;
    const text = `${JSON.stringify({ ...experiment, root: data.fsPath }, null, 2)}\n`;
    await vscode.workspace.fs.writeFile(copy, Buffer.from(text));
  }
  await vscode.window.showTextDocument(copy, { preview: false });
  return copy;
}

async function ready(folder: vscode.Uri) {
  const rows: (vscode.QuickPickItem & { readonly file: vscode.Uri; readonly experiment: object })[] = [];
  for (const [name] of await vscode.workspace.fs.readDirectory(folder)) {
    if (!name.endsWith(EXPERIMENT_ENDING)) continue;
    const file = vscode.Uri.joinPath(folder, name);
    const text = Buffer.from(await vscode.workspace.fs.readFile(file)).toString('utf8');
    const experiment = parseExperiment(text, file.fsPath);
    rows.push({
      label: experimentName(name),
      description: experiment.title,
      ...(experiment.about === undefined ? {} : { detail: experiment.about }),
      file,
      experiment,
    });
  }
  return rows;
}
