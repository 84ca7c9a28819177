import * as vscode from 'vscode';
import { noticeText } from '../../shared/format/markdown-text';

const KINDS = {
  information: vscode.window.showInformationMessage,
  warning: vscode.window.showWarningMessage,
  error: vscode.window.showErrorMessage,
} as const;

/** What each does, by what it says. */
export type Buttons = Readonly<Record<string, () => unknown>>;

/**
 * Shows a notice and does what its button says; nobody waits for it, since it may never be read. VS Code cuts a notice
 * without a button off after one line, so that each has one.
 */
export function tell(
  kind: keyof typeof KINDS,
  text: string,
  buttons: Buttons = { OK: () => undefined },
): void {
  void KINDS[kind](noticeText(text), ...Object.keys(buttons)).then(chosen =>
    chosen === undefined ? undefined : buttons[chosen]?.(),
  );
}
