import type { PackedRow } from './pack-prompts';

/** Where the input vectors of rows come from; every array has the text tower's width. */
export interface RowEmbeddings {
  readonly width: number;
  /** Raw token embedding of a vocabulary entry. */
  token(id: number): ArrayLike<number>;
  positional(position: number): ArrayLike<number>;
  /** A vector that is not learned in this run: one of a learned context the template refers to. */
  fixedVector(slot: number, vector: number, classIndex: number | null): ArrayLike<number>;
}

/** For prompts that refer to no learned context. */
export const noFixedVectors: RowEmbeddings['fixedVector'] = slot => {
  throw new Error(`slot ${slot} has no vectors`);
};

/** Input rows of the tower, embedding + positional embedding: [rows, width], in the precision of `out`. */
export function embedRows<Values extends Float32Array | Float64Array>(
  rows: readonly PackedRow[],
  embeddings: RowEmbeddings,
  out: Values,
): Values {
  const { width } = embeddings;
  rows.forEach(({ key, position }, row) => {
    const embedding =
      key.kind === 'token'
        ? embeddings.token(key.id)
        : embeddings.fixedVector(key.slot, key.vector, key.classIndex);
    const positional = embeddings.positional(position);
    for (let i = 0; i < width; i++) out[row * width + i] = embedding[i]! + positional[i]!;
  });
  return out;
}

/** Positional embeddings alone, for rows whose vectors are learned: [rows, width]. */
export function positionalRows<Values extends Float32Array | Float64Array>(
  rows: readonly PackedRow[],
  embeddings: RowEmbeddings,
  out: Values,
): Values {
  rows.forEach(({ position }, row) => {
    const positional = embeddings.positional(position);
    for (let i = 0; i < embeddings.width; i++) out[row * embeddings.width + i] = positional[i]!;
  });
  return out;
}
