import { cpSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../support/root';

/** Names of the runs: a finished one, and one that was stopped after its first epoch. */
export const DONE = 'demo-16shot';
export const STOPPED = 'demo-16shot-2';

/** The sample in a folder of its own, with the runs that version 0.1 left there: runs that need no learning. */
export function oldProject(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-project-'));
  cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
  cpSync(path.join(root, 'test/fixtures/v0.1'), path.join(folder, '.coop'), { recursive: true });
  return folder;
}
