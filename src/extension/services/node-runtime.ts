import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { CoopError } from '../../shared/errors';

const execute = promisify(execFile);
const OLDEST = 20;

export interface NodeRuntime {
  readonly executable: string;
  readonly environment: Readonly<Record<string, string>>;
  /** e.g. "Node 20.20.2 (PATH)". */
  readonly description: string;
}

/**
 * What runs the engine: the setting `coop.nodePath`, else Node 20 or newer on the PATH, else VS Code's own Node.
 * @throws CoopError `engine.runtime` when the setting names something else than Node 20 or newer
 */
export async function findNode(): Promise<NodeRuntime> {
  const set = vscode.workspace.getConfiguration('coop').get<string>('nodePath', '').trim();
  if (set !== '') {
    const version = await versionOf(set);
    if (version === null) {
      const message = `The setting coop.nodePath names ${set}, which does not run as Node ${OLDEST} or newer.`;
      throw new CoopError('engine.runtime', message, {
        subject: set,
        next: 'Name a newer Node in the setting, or leave it empty.',
      });
    }
    return { executable: set, environment: {}, description: `Node ${version} (coop.nodePath)` };
  }
  const onPath = await versionOf('node');
  if (onPath !== null) return { executable: 'node', environment: {}, description: `Node ${onPath} (PATH)` };
  return {
    executable: process.execPath,
    environment: { ELECTRON_RUN_AS_NODE: '1' },
    description: `Node ${process.versions.node} (VS Code’s own)`,
  };
}

async function versionOf(executable: string): Promise<string | null> {
  const shown = await execute(executable, ['-p', 'process.versions.node'], { timeout: 5000 }).catch(
    () => null,
  );
  const version = shown?.stdout.trim() ?? '';
  return Number(version.split('.')[0]) >= OLDEST ? version : null;
}
