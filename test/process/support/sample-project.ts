import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../support/root';

/** A folder of its own with the sample's images, model and document. */
export function sampleProject(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-project-'));
  cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
  return folder;
}

/** For a `describe`: a `sampleProject` that its tests share and that goes with them; says where it lies. */
export function useSampleProject(): () => string {
  let folder: string;
  before(() => {
    folder = sampleProject();
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
