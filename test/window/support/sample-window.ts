import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Ui } from '../../../tools/vscode-host/ui.mjs';
import { root } from '../../support/root';
import { openWindow } from './open-window';

const shots = path.join(root, 'out/screenshots');

export interface SampleWindow {
  readonly ui: Ui;
  /** The copy. */
  readonly workspace: string;
  /** Closes the window and removes its copy of the sample. */
  close(): Promise<void>;
}

/**
 * A trusted, dark window on a copy of the sample, with a feature cache of its own.
 * @param files written into the copy, text by path
 * @param env added to the extension’s environment
 */
export async function openSample(
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<SampleWindow> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-window-'));
  mkdirSync(shots, { recursive: true });
  const workspace = path.join(scratch, 'sample');
  cpSync(path.join(root, 'media/sample'), workspace, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(workspace, file), text);
  const ui = await openWindow({
    extensionDevelopmentPath: root,
    workspace,
    trust: 'trusted',
    theme: 'dark',
    shots,
    env: { COOP_CACHE_DIR: path.join(scratch, 'cache'), ...env },
  });
  return {
    ui,
    workspace,
    async close() {
      await ui.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
