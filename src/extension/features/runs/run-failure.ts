import * as vscode from 'vscode';
import { readRunTail } from '../../../files/runs/run-file';
import type { RunSummary } from '../../../shared/contracts/run';
import { canResume } from '../../../shared/contracts/run-status';
import type { ErrorCode } from '../../../shared/errors';
import { runCommand } from '../../services/commands';
import { type Buttons, tell } from '../../services/notice';

const TAIL_LINES = 6;
const TAIL_BYTES = 16 * 1024;

/** Says how a run failed or was interrupted, in its own words, with what can be done about it as buttons. */
export async function tellFailure(run: RunSummary, log: vscode.LogOutputChannel): Promise<void> {
  const { directory, inputs, state } = run;
  const tail = await readRunTail(directory, 'stderr', TAIL_BYTES);
  const details = tail.split('\n').slice(-TAIL_LINES).join('\n');
  log.error(`The run “${inputs.name}” ended: ${state.error?.message ?? 'its process is gone'}\n${details}`);
  tell('error', failureText(run), remedies(run, log));
}

function failureText({ inputs, state, status }: RunSummary): string {
  if (status === 'failed' && state.error !== undefined)
    return `The run “${inputs.name}” failed: ${state.error.message} ${state.error.next ?? ''}`;
  return `The run “${inputs.name}” stands still at epoch ${state.epoch} of ${state.epochs}: its process is gone. What it saved is kept, and it goes on from there.`;
}

function remedies(run: RunSummary, log: vscode.LogOutputChannel): Buttons {
  const { directory, inputs, state } = run;
  const open = () => vscode.window.showTextDocument(vscode.Uri.file(inputs.document.path));
  const code: ErrorCode | undefined = state.error?.code;
  const mend: Buttons = /^(model|tokenizer)\./.test(code ?? '')
    ? { 'Select Model': () => open().then(() => runCommand('coop.selectModel')) }
    : /^(images|image|split)\./.test(code ?? '')
      ? { 'Scan Images': () => open().then(() => runCommand('coop.scan')) }
      : {};
  const again: Buttons = canResume(run)
    ? { Resume: () => runCommand('coop.resume', directory) }
    : { 'Learn Again': () => open().then(() => runCommand('coop.learn', { line: inputs.replaces })) };
  return { ...mend, ...again, 'Show Log': async () => log.show() };
}
