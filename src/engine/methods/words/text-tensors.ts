import { CoopError } from '../../../shared/errors';

/** What stands in a slot: words with single blanks between them. */
const WORDS = /^[\p{L}\p{N}'’-]+(?: [\p{L}\p{N}'’-]+)*$/u;

/** Words in the slot of several lines as a tensor, since a checkpoint holds nothing else: UTF-8, a number a byte. */
export function textTensor(lines: readonly string[]): Float32Array {
  return Float32Array.from(new TextEncoder().encode(lines.join('\n')));
}

/**
 * The lines of such a tensor; none of one that is not there.
 * @throws CoopError `run.corrupt` for anything but words
 */
export function linesOfTensor(tensor: Float32Array | undefined): string[] {
  if (tensor === undefined || tensor.length === 0) return [];
  const lines = new TextDecoder().decode(Uint8Array.from(tensor)).split('\n');
  if (lines.every(line => WORDS.test(line))) return lines;
  throw new CoopError('run.corrupt', 'The checkpoint holds something else than words.', {
    next: 'Delete checkpoint.safetensors in the run’s folder to learn from the beginning.',
  });
}
