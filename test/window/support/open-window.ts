import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { StartOptions, Ui } from '../../../tools/vscode-host/ui.mjs';
import { root } from '../../support/root';

const host = path.join(root, 'tools/vscode-host');

/** Builds the extension and opens it in a real window (tools/vscode-host, which installs itself). */
export async function openWindow(options: StartOptions): Promise<Ui> {
  for (const [command, args] of [
    [process.execPath, [path.join(root, 'esbuild.mjs')]],
    ['bash', [path.join(host, 'install.sh')]],
  ] as const) {
    const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  }
  const { start } = await import('../../../tools/vscode-host/ui.mjs');
  return start(options);
}
