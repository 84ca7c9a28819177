import * as vscode from 'vscode';

/** What an engine is started with; after a change it is ended, and the next request starts one that knows. */
const NAMES = ['nodePath', 'device', 'precision', 'threads', 'modelFolder'] as const;

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
      '--precision',
      settings.get('precision', 'float32'),
      ...(threads > 0 ? ['--threads', String(threads)] : []),
    ],
    environment: { ...proxy(), ...(folder === '' ? {} : { COOP_MODEL_DIR: folder }) },
  };
}

/** VS Code's own proxy, for downloads; that of the environment comes first, as in VS Code. */
function proxy(): Readonly<Record<string, string>> {
  const { env } = process;
  if (env['HTTPS_PROXY'] || env['https_proxy']) return {};
  const settings = vscode.workspace.getConfiguration('http');
  const url = settings.get<string | null>('proxy', '')?.trim() ?? '';
  const without = settings.get<readonly string[]>('noProxy', []);
  if (url === '') return {};
  return { HTTPS_PROXY: url, ...(without.length > 0 ? { NO_PROXY: without.join(',') } : {}) };
}

export function affectsEngine(change: vscode.ConfigurationChangeEvent): boolean {
  return (
    NAMES.some(name => change.affectsConfiguration(`coop.${name}`)) ||
    ['proxy', 'noProxy'].some(name => change.affectsConfiguration(`http.${name}`))
  );
}
