import { requireWithinLimits } from './piece-limits';
import { invalidTokenizer } from './tokenizer-error';

/** Kinds of pieces (sentencepiece_model.proto, SentencePiece.Type). */
const NORMAL = 1;
const UNKNOWN = 2;
const USER_DEFINED = 4;
const BYTE = 6;

/** Model types (TrainerSpec.ModelType). */
const UNIGRAM = 1;

export interface Piece {
  readonly text: string;
  /** Logarithm of its probability, float32. */
  readonly score: number;
  /** Whether text is cut into it; control pieces such as `</s>` are not. */
  readonly kind: 'normal' | 'user' | 'other';
}

export interface SentencePieceModel {
  /** By id. */
  readonly pieces: readonly Piece[];
  readonly unknown: number;
  /** Rules of the normaliser; empty: text stays as it is. */
  readonly charsmap: Buffer;
}

/**
 * A unigram model of sentencepiece (spiece.model), a protocol buffer of which nothing but pieces and normaliser counts.
 * @throws CoopError `tokenizer.invalid`
 */
export function readSentencePieceModel(bytes: Buffer, file: string): SentencePieceModel {
  const pieces: Piece[] = [];
  let unknown = -1;
  let type = UNIGRAM;
  let charsmap: Buffer = Buffer.alloc(0);
  for (const { field, value } of fieldsOf(bytes, file)) {
    if (field === 1) {
      const { piece, type: kind } = readPiece(asBytes(value, file), file);
      requireWithinLimits(pieces.length, piece.text, file);
      if (kind === UNKNOWN) unknown = pieces.length;
      if (kind === BYTE) throw invalidTokenizer(file, 'it has pieces for bytes, which no SigLIP has');
      pieces.push(piece);
    } else if (field === 2) {
      for (const of of fieldsOf(asBytes(value, file), file)) if (of.field === 3) type = Number(of.value);
    } else if (field === 3) {
      for (const of of fieldsOf(asBytes(value, file), file))
        if (of.field === 2) charsmap = asBytes(of.value, file);
    }
  }
  if (type !== UNIGRAM) throw invalidTokenizer(file, 'it is no unigram model');
  if (unknown < 0) throw invalidTokenizer(file, 'it has no piece for what is unknown');
  return { pieces, unknown, charsmap };
}

function readPiece(bytes: Buffer, file: string): { readonly piece: Piece; readonly type: number } {
  let text = '';
  let score = 0;
  let type = NORMAL;
  for (const { field, value } of fieldsOf(bytes, file)) {
    if (field === 1) text = asBytes(value, file).toString('utf8');
    else if (field === 2 && Buffer.isBuffer(value) && value.length === 4) score = value.readFloatLE(0);
    else if (field === 3) type = Number(value);
  }
  if (!Number.isFinite(score)) throw invalidTokenizer(file, 'a piece’s score is no finite number');
  return { piece: { text, score, kind: KINDS.get(type) ?? 'other' }, type };
}

const KINDS: ReadonlyMap<number, Piece['kind']> = new Map([
  [NORMAL, 'normal'],
  [USER_DEFINED, 'user'],
]);

interface Field {
  readonly field: number;
  /** A number, or the bytes of a string, message or fixed-width number. */
  readonly value: number | Buffer;
}

/** The fields of one message of a protocol buffer. */
function* fieldsOf(bytes: Buffer, file: string): Generator<Field> {
  let at = 0;
  const number = (): number => {
    let value = 0;
    // Ten bytes at most; a negative number takes them all.
    for (let power = 1; power <= 2 ** 63; power *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw invalidTokenizer(file, 'it ends early');
      value += (byte & 0x7f) * power;
      if (byte < 0x80) return value;
    }
    return value;
  };
  while (at < bytes.length) {
    const key = number();
    const field = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) {
      yield { field, value: number() };
      continue;
    }
    const length = wire === 2 ? number() : wire === 5 ? 4 : wire === 1 ? 8 : -1;
    if (length < 0 || at + length > bytes.length) throw invalidTokenizer(file, 'it is no protocol buffer');
    yield { field, value: bytes.subarray(at, at + length) };
    at += length;
  }
}

function asBytes(value: number | Buffer, file: string): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw invalidTokenizer(file, 'it is no sentencepiece model');
}
