import * as vscode from 'vscode';
import { isGoing } from '../../../shared/contracts/run-status';
import { CoopError } from '../../../shared/errors';
import { noticeText } from '../../../shared/format/markdown-text';
import { directoriesOf } from '../../services/run-of';
import type { RunWatcher } from '../../services/run-watcher';
import { pickRuns } from './pick-runs';

/**
 * Deletes runs for good, after a question. Contexts that were applied are files of their own and stay.
 * @param given directories, items of the tree, or `{"directories": […], "sure": true}` for keybindings; else runs are picked
 */
export async function deleteRuns(watcher: RunWatcher, given: readonly unknown[]): Promise<void> {
  await watcher.refresh();
  const { directories, sure } = wanted(given);
  const runs =
    directories.length > 0
      ? watcher.runs.filter(({ directory }) => directories.includes(directory))
      : await pickRuns(watcher.runs, 'Runs to delete');
  if (runs.length === 0) return;
  const going = runs.find(({ status }) => isGoing(status));
  if (going !== undefined)
    throw new CoopError('run.locked', `The run “${going.inputs.name}” is going on.`, {
      subject: going.directory,
      next: 'Stop it, then delete it.',
    });
  const names = runs.map(({ inputs }) => `“${inputs.name}”`).join(', ');
  if (!sure) {
    const answer = await vscode.window.showWarningMessage(
      noticeText(`Delete ${runs.length === 1 ? 'the run' : `${runs.length} runs:`} ${names}?`),
      {
        modal: true,
        detail: 'Its curves, checkpoint and report are deleted for good. Applied contexts stay.',
      },
      'Delete',
    );
    if (answer !== 'Delete') return;
  }
  for (const { directory } of runs)
    await vscode.workspace.fs.delete(vscode.Uri.file(directory), { recursive: true, useTrash: false });
}

function wanted(given: readonly unknown[]): {
  readonly directories: readonly string[];
  readonly sure: boolean;
} {
  const [first] = given;
  if (typeof first === 'object' && first !== null && 'directories' in first)
    return { directories: directoriesOf([first.directories]), sure: 'sure' in first && first.sure === true };
  return { directories: directoriesOf(given), sure: false };
}
