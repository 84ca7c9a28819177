import { contextVector, type LearnedContext } from '../../../files/contexts/learned-context';
import type { NearestWords } from '../../../shared/contracts/report';
import type { TextTables } from '../../models/parts/clip-model';
import type { Tokenizer } from '../../prompt/tokenizer';

/** Class-specific contexts have a row per class; more than this is no reading matter. */
const MAX_CLASSES = 20;
/** Rows of the table that all vectors are compared with in turn, so that they are read from memory once. */
const CHUNK_ROWS = 128;
/** Numbers added up between two looks at the limit. */
const BLOCK = 32;

interface Wanted {
  readonly label: Pick<NearestWords, 'slot' | 'vector' | 'className'>;
  readonly values: Float32Array;
  /** Nearest first, at most as many as asked for. */
  readonly best: { readonly id: number; readonly square: number }[];
}

/**
 * For each learned vector the nearest entries of the model's own vocabulary by Euclidean distance between raw token
 * embeddings (CoOp interpret_prompt.py, which always takes RN50's table). At equal distance the smaller id comes first.
 */
export function nearestWords(
  context: LearnedContext,
  { tokens, width }: TextTables,
  tokenizer: Tokenizer,
  count: number,
): NearestWords[] {
  const wanted = wantedVectors(context);
  const rows = tokens.length / width;
  for (let first = 0; first < rows; first += CHUNK_ROWS) {
    const end = Math.min(first + CHUNK_ROWS, rows);
    for (const { values, best } of wanted) keepNearest(values, tokens, first, end, best, count);
  }
  return wanted.map(({ label, best }) => ({
    ...label,
    words: best.map(({ id, square }) => ({ text: tokenizer.decode(id), distance: Math.sqrt(square) })),
  }));
}

function wantedVectors(context: LearnedContext): Wanted[] {
  return context.slots.flatMap(({ length, perClass }, at) => {
    const classes = perClass ? context.classNames.slice(0, MAX_CLASSES) : [undefined];
    return classes.flatMap((className, label) =>
      Array.from({ length }, (_, vector): Wanted => {
        const values = contextVector(context, at + 1, vector, perClass ? label : null);
        const named = className === undefined ? {} : { className };
        return { label: { slot: at + 1, vector: vector + 1, ...named }, values, best: [] };
      }),
    );
  });
}

function keepNearest(
  vector: Float32Array,
  tokens: Float32Array,
  first: number,
  end: number,
  best: { readonly id: number; readonly square: number }[],
  count: number,
): void {
  for (let id = first; id < end; id++) {
    const limit = best.length < count ? Number.POSITIVE_INFINITY : best[count - 1]!.square;
    const square = squaredDistance(vector, tokens, id * vector.length, limit);
    if (square >= limit) continue;
    const place = best.findIndex(other => square < other.square);
    best.splice(place === -1 ? best.length : place, 0, { id, square });
    if (best.length > count) best.pop();
  }
}

/** Exact below `limit`; a sum that has reached it is left unfinished. */
function squaredDistance(vector: Float32Array, tokens: Float32Array, start: number, limit: number): number {
  const { length } = vector;
  let square = 0;
  for (let from = 0; from < length && square < limit; from += BLOCK) {
    const end = Math.min(from + BLOCK, length);
    for (let i = from; i < end; i++) {
      const difference = vector[i]! - tokens[start + i]!;
      square += difference * difference;
    }
  }
  return square;
}
