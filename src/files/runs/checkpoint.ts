import { createHash } from 'node:crypto';
import { CoopError } from '../../shared/errors';
import { isMissing } from '../disk/file-error';
import { parseSafetensors } from '../tensors/safetensors';
import { type TensorToWrite, writeSafetensors } from '../tensors/write-safetensors';
import { readRunFile, runFile } from './run-file';

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
 * The run's last checkpoint as float32 (what was written as float32 comes back bit by bit). It is read by one opened
 * file, so a writer that puts the next one in its place meanwhile does not matter.
 * @returns null when the run has none yet
 * @throws CoopError `run.corrupt` when any byte of it changed since it was written; `file.access`, `file.limit`
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint | null> {
  const file = runFile(directory, 'checkpoint');
  try {
    const bytes = await readRunFile(directory, 'checkpoint');
    const { tensors: infos, metadata: stored, values } = parseSafetensors(bytes, file);
    const { [CHECKSUM]: sum, ...metadata } = stored;
    if (sum !== checksum(bytes)) throw new Error('its checksum does not match.');
    return { tensors: new Map([...infos].map(([name, info]) => [name, values(info)])), metadata };
  } catch (thrown) {
    if (isMissing(thrown)) return null;
    if (thrown instanceof CoopError && thrown.code === 'file.access') throw thrown;
    throw new CoopError('run.corrupt', `The checkpoint ${file} is damaged: ${(thrown as Error).message}`, {
      subject: file,
      next: 'Delete it to learn from the beginning.',
      cause: thrown,
    });
  }
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
