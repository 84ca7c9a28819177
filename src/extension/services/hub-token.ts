import * as vscode from 'vscode';
import { registerCommand } from './commands';

const KEY = 'coop.huggingFaceToken';

/** The token for gated and private models, where VS Code keeps secrets; without one, HF_TOKEN or the stored login serves. */
export class HubToken {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  get(): Thenable<string | undefined> {
    return this.secrets.get(KEY);
  }

  /** Set Hugging Face Token; nothing typed takes it away. @returns whether the user went through with it */
  async ask(): Promise<boolean> {
    const typed = await vscode.window.showInputBox({
      title: 'Hugging Face: access token',
      prompt:
        'From huggingface.co/settings/tokens; reading is enough. Leave it empty to take the stored one away.',
      password: true,
      ignoreFocusOut: true,
      validateInput: text =>
        /^[\x21-\x7e]*$/.test(text.trim()) ? null : 'A token has letters, digits and signs, and no blanks.',
    });
    if (typed === undefined) return false;
    if (typed.trim() === '') await this.secrets.delete(KEY);
    else await this.secrets.store(KEY, typed.trim());
    return true;
  }
}

export function registerHubToken(token: HubToken, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, 'coop.setHubToken', () => token.ask());
}
