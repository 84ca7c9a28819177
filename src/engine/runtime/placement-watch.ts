import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { placementOf } from './placement';
import type { Placement } from './session-messages';

/** onnxruntime says where it placed a node only in a profile, which is a file: that of a session's first run. */
export class PlacementWatch {
  private readonly folder = temporaryFolder();

  /** For the session that is watched. */
  get options(): InferenceSession.SessionOptions {
    if (this.folder === null) return {};
    return { enableProfiling: true, profileFilePrefix: path.join(this.folder, 'profile') };
  }

  /** Ends the profile; null where none could be written. */
  end(session: InferenceSession): Placement | null {
    const { folder } = this;
    if (folder === null) return null;
    try {
      session.endProfiling();
      const [file] = readdirSync(folder);
      return file === undefined ? null : placementOf(readFileSync(path.join(folder, file), 'utf8'));
    } catch {
      return null;
    } finally {
      this.drop();
    }
  }

  /** Of a session that was never made. */
  drop(): void {
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
  }
}

function temporaryFolder(): string | null {
  try {
    return mkdtempSync(path.join(os.tmpdir(), 'coop-placement-'));
  } catch {
    return null;
  }
}
