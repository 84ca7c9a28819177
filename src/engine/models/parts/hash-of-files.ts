import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileHash } from './file-hash';

/** sha256 (hex) over the files' own hashes, each with its part in the model; what does not exist is left out. */
export async function hashOfFiles(parts: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const hash = createHash('sha256');
  for (const [part, files] of Object.entries(parts)) {
    for (const file of files) if (existsSync(file)) hash.update(`${part} ${await fileHash(file)}\n`);
  }
  return hash.digest('hex');
}
