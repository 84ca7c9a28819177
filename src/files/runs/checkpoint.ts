import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { RUN_FILES } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import {
  readSafetensorsHeader,
  readTensor,
  type TensorToWrite,
  writeSafetensors,
} from '../tensors/safetensors';

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The metadata key of the checksum; a safetensors header by itself cannot tell a flipped bit in its tensors. */
const CHECKSUM = 'sha256';
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;

interface Header {
  readonly [METADATA]?: Readonly<Record<string, string>>;
}

/** The bytes of a checkpoint: safetensors with a checksum over tensors and metadata among its metadata. */
export function checkpointBytes(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const sum = checksum(writeSafetensors(tensors, metadata));
  return writeSafetensors(tensors, { ...metadata, [CHECKSUM]: sum });
}

/**
 * The run's last checkpoint as float32 (what was written as float32 comes back bit by bit).
 * @returns null when the run has none yet
 * @throws CoopError `run.corrupt` when any byte of it changed since it was written
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint | null> {
  const file = path.join(directory, RUN_FILES.checkpoint);
  if (!existsSync(file)) return null;
  try {
    for (;;) {
      // A writer may put the next checkpoint in its place while this one is being read.
      const before = await versionOf(file);
      const outcome = await read(file).catch((thrown: unknown) => ({ thrown }));
      if (before !== (await versionOf(file))) continue;
      if ('thrown' in outcome) throw outcome.thrown;
      return outcome;
    }
  } catch (thrown) {
    if (thrown instanceof CoopError && thrown.code === 'file.access') throw thrown;
    throw new CoopError('run.corrupt', `The checkpoint ${file} is damaged: ${(thrown as Error).message}`, {
      subject: file,
      next: 'Delete it to learn from the beginning.',
      cause: thrown,
    });
  }
}

async function read(file: string): Promise<Checkpoint> {
  const { tensors: infos, metadata: stored } = await readSafetensorsHeader(file);
  const { [CHECKSUM]: sum, ...metadata } = stored;
  if (sum !== checksum(await readFile(file))) throw new Error('its checksum does not match.');
  const tensors = new Map<string, Float32Array>();
  for (const [name, info] of infos) tensors.set(name, await readTensor(file, info));
  return { tensors, metadata };
}

async function versionOf(file: string): Promise<string> {
  const { ino, mtimeNs, size } = await stat(file, { bigint: true });
  return [ino, mtimeNs, size].join(' ');
}

/** Of the header (as JSON, without the checksum itself) and the tensors' bytes. */
function checksum(file: Uint8Array): string {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const end = LENGTH_BYTES + length;
  const header = JSON.parse(new TextDecoder().decode(file.subarray(LENGTH_BYTES, end))) as Header;
  const { [METADATA]: { [CHECKSUM]: _, ...metadata } = {}, ...tensors } = header;
  return createHash('sha256')
    .update(JSON.stringify([metadata, tensors]))
    .update(file.subarray(end))
    .digest('hex');
}
