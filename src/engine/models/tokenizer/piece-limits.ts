import { invalidTokenizer } from './tokenizer-error';

/** A thousand thousand pieces: ids are indices into tables (CWE-770). */
const MAX_PIECES = 1_000_000;
/** UTF-16 units; sentencepiece's own are 16 characters at most unless asked otherwise. */
const MAX_LENGTH = 256;

/** @throws CoopError `tokenizer.invalid` for a piece too many, or one too long */
export function requireWithinLimits(id: number, text: string, file: string): void {
  if (id >= MAX_PIECES) throw invalidTokenizer(file, `it has more than ${MAX_PIECES} pieces`);
  if (text.length > MAX_LENGTH)
    throw invalidTokenizer(file, `piece ${id} has ${text.length} characters; at most ${MAX_LENGTH} are read`);
}
