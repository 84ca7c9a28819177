import * as vscode from 'vscode';
import { errorData } from '../../shared/errors';
import { noticeText } from '../../shared/format/markdown-text';

/** Runs a command's work; a failure is shown once, with its next step, and a cancelled one is not shown at all. */
export async function withErrors(log: vscode.LogOutputChannel, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    const error = errorData(thrown);
    if (error.code === 'cancelled') return;
    log.error(thrown instanceof Error ? thrown : error.message);
    const showLog = 'Show Log';
    // Not awaited: a command is over when its work is, not when its message is read.
    void vscode.window
      .showErrorMessage(
        noticeText(error.next === undefined ? error.message : `${error.message} ${error.next}`),
        showLog,
      )
      .then(chosen => {
        if (chosen === showLog) log.show();
      });
  }
}
