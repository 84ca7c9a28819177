import { cpSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../support/root';
import { sampleProject } from './sample-project';

/** Names of the runs: a finished one, and one that was stopped after its first epoch. */
export const DONE = 'demo-16shot';
export const STOPPED = 'demo-16shot-2';

/** `sampleProject` with the runs that version 0.1 left there: runs that need no learning. */
export function oldProject(): string {
  const folder = sampleProject();
  cpSync(path.join(root, 'test/fixtures/v0.1'), path.join(folder, '.coop'), { recursive: true });
  return folder;
}
