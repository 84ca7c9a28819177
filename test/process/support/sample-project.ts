import { cpSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../support/root';

/** A folder of its own with the sample's images, model and document. */
export function sampleProject(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-project-'));
  cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
  return folder;
}
