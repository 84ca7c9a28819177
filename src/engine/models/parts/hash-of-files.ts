import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileHash } from './file-hash';

/**
 * sha256 (hex) over the files' own hashes, each with its part in the model; what does not exist is left out.
 * @param unwritten what decides the model's numbers, too, and stands in none of the files
 */
export async function hashOfFiles(
  parts: Readonly<Record<string, readonly string[]>>,
  unwritten: string | null = null,
): Promise<string> {
  const hash = createHash('sha256');
  if (unwritten !== null) hash.update(`${unwritten}\n`);
  for (const [part, files] of Object.entries(parts)) {
    for (const file of files) if (existsSync(file)) hash.update(`${part} ${await fileHash(file)}\n`);
  }
  return hash.digest('hex');
}
