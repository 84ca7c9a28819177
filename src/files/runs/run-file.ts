import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { RUN_FILES } from '../../shared/contracts/run';
import { readError } from '../disk/file-error';
import { openRegularFile } from '../disk/open-regular';
import { readBoundedFile } from '../disk/read-bounded-file';
import { linkError } from '../disk/refuse-links';

/** `seed-N`: the context of one seed, where a run learned several. */
export type RunFile = keyof typeof RUN_FILES | `seed-${number}`;

const MB = 2 ** 20;
/**
 * A run directory may come from anyone, so every file of it is read by this one reader: only regular files, never
 * through a link (git stores those), never waiting for a pipe or a device, never more than this (CWE-770).
 */
const MAX_BYTES: Readonly<Record<keyof typeof RUN_FILES, number>> = {
  inputs: 16 * MB,
  state: MB,
  lock: 64 * 1024,
  control: 4096,
  report: 128 * MB,
  answers: 512 * MB,
  // Read piece by piece.
  events: Number.MAX_SAFE_INTEGER,
  stdout: Number.MAX_SAFE_INTEGER,
  stderr: Number.MAX_SAFE_INTEGER,
  // Context and momentum of 21,841 classes with vectors of their own; Node reads no more at once.
  checkpoint: 2 ** 31 - 2,
  context: 2 ** 31 - 2,
};

export function runFile(directory: string, file: RunFile): string {
  return path.join(directory, nameOf(file));
}

function nameOf(file: RunFile): string {
  return isNamed(file) ? RUN_FILES[file] : `context.${file}.safetensors`;
}

const isNamed = (file: RunFile): file is keyof typeof RUN_FILES => file in RUN_FILES;
const mostOf = (file: RunFile) => MAX_BYTES[isNamed(file) ? file : 'context'];

/** @throws CoopError `file.access` (see `isMissing`), `file.limit` */
export async function readRunFile(directory: string, file: RunFile): Promise<Buffer> {
  await refuseLinkedFolder(directory);
  return readBoundedFile(runFile(directory, file), mostOf(file), 'refuse');
}

/** @throws CoopError `file.access` (see `isMissing`), `file.limit` */
export async function readRunText(directory: string, file: RunFile): Promise<string> {
  return (await readRunFile(directory, file)).toString('utf8');
}

/** True when a regular file is there. */
export async function hasRunFile(directory: string, file: RunFile): Promise<boolean> {
  return lstat(runFile(directory, file)).then(
    facts => facts.isFile(),
    () => false,
  );
}

/** In bytes; 0 when there is no regular file. */
export async function sizeOfRunFile(directory: string, file: RunFile): Promise<number> {
  return lstat(runFile(directory, file)).then(
    facts => (facts.isFile() ? facts.size : 0),
    () => 0,
  );
}

/**
 * At most `most` bytes of a file from `from` on; a `from` beyond its end means the beginning of another, shorter file.
 * @throws CoopError `file.access`
 */
export async function readRunPart(
  directory: string,
  file: RunFile,
  from: number,
  most: number,
): Promise<{ readonly bytes: Uint8Array; readonly from: number }> {
  return partOf(directory, file, most, size => (from > size ? 0 : from));
}

/** The last bytes of a log, from `from` on, as text; '' when there is none that can be read. */
export async function readRunTail(
  directory: string,
  file: 'stdout' | 'stderr',
  most: number,
  from = 0,
): Promise<string> {
  try {
    const { bytes } = await partOf(directory, file, most, size => Math.max(from, size - most));
    return Buffer.from(bytes).toString('utf8').trim();
  } catch {
    return '';
  }
}

async function partOf(
  directory: string,
  file: RunFile,
  most: number,
  start: (size: number) => number,
): Promise<{ readonly bytes: Uint8Array; readonly from: number }> {
  const target = runFile(directory, file);
  try {
    await refuseLinkedFolder(directory);
    const handle = await openRegularFile(target, { links: 'refuse' });
    try {
      const { size } = await handle.stat();
      const from = start(size);
      const bytes = new Uint8Array(Math.max(0, Math.min(size - from, most)));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      return { bytes: bytes.subarray(0, bytesRead), from };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw readError(thrown, target);
  }
}

/**
 * Before anything is read or written in it.
 * @throws CoopError `file.access` when the run's directory is a link or no directory
 */
export async function refuseLinkedFolder(directory: string): Promise<void> {
  try {
    const facts = await lstat(directory);
    if (facts.isSymbolicLink()) throw linkError(directory);
    if (!facts.isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  } catch (thrown) {
    throw readError(thrown, directory);
  }
}

/** The run's directory and its files, for `refuseLinks` before a writer begins or a person applies it. */
export function pathsOfRun(directory: string): readonly string[] {
  return [directory, ...Object.values(RUN_FILES).map(name => path.join(directory, name))];
}
