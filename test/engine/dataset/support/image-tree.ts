import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Scan, type ScanOptions, scanFolder } from '../../../../src/engine/dataset/scan-folder';

export const SAMPLE = 'media/sample/images/groups';

/** Bytes of one of the sample's images; other ones for each number. */
export const picture = (nth: number): Buffer => {
  const folder = path.join(SAMPLE, 'activities');
  return readFileSync(path.join(folder, readdirSync(folder).sort()[nth]!));
};

export const pathsOf = ({ images }: Scan): string[] => images.map(image => image.path);
/** Each file or folder that cannot be used, with the reason. */
export const reasonsOf = ({ problems }: Scan): string[][] =>
  problems.map(({ path: file, reason }) => [file, reason]);

/** A folder that a test fills and has scanned. */
export class ImageTree {
  readonly root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'coop-scan-')));

  at(place: string): string {
    return path.join(this.root, place);
  }

  put(file: string, content: string | Uint8Array): void {
    mkdirSync(path.dirname(this.at(file)), { recursive: true });
    writeFileSync(this.at(file), content);
  }

  /** Remembers nothing unless told where. */
  scan(options: ScanOptions = {}): Promise<Scan> {
    return scanFolder(this.root, { memoryFolder: null, ...options });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
