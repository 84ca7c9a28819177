import * as vscode from 'vscode';

/** What an engine is started with; after a change it is ended, and the next request starts one that knows. */
const NAMES = ['nodePath', 'device', 'threads', 'modelFolder'] as const;

export interface EngineSettings {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export function engineSettings(): EngineSettings {
  const settings = vscode.workspace.getConfiguration('coop');
  const threads = settings.get('threads', 0);
  const folder = settings.get('modelFolder', '').trim();
  return {
    args: [
      '--device',
      settings.get('device', 'auto'),
      ...(threads > 0 ? ['--threads', String(threads)] : []),
    ],
    environment: folder === '' ? {} : { COOP_MODEL_DIR: folder },
  };
}

export function affectsEngine(change: vscode.ConfigurationChangeEvent): boolean {
  return NAMES.some(name => change.affectsConfiguration(`coop.${name}`));
}
