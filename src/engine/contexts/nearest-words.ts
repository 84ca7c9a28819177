import type { NearestWords } from '../../shared/report';
import type { TextTables } from '../clip/clip-model';
import type { Tokenizer } from '../clip/tokenizer/tokenizer';
import { contextVector, type LearnedContext } from './learned-context';

/** Class-specific contexts have a row per class; more than this is no reading matter. */
const MAX_CLASSES = 20;

/**
 * For each learned vector the nearest entries of the model's own vocabulary by Euclidean distance between raw token
 * embeddings (CoOp interpret_prompt.py, which always takes RN50's table).
 */
export function nearestWords(
  context: LearnedContext,
  { tokens, width }: TextTables,
  tokenizer: Tokenizer,
  count: number,
): NearestWords[] {
  const entries: NearestWords[] = [];
  for (const [at, { length, perClass }] of context.slots.entries()) {
    const classes = perClass ? context.classNames.slice(0, MAX_CLASSES) : [undefined];
    for (const [label, className] of classes.entries()) {
      for (let vector = 0; vector < length; vector++) {
        const values = contextVector(context, at + 1, vector, perClass ? label : null);
        entries.push({
          slot: at + 1,
          vector: vector + 1,
          ...(className === undefined ? {} : { className }),
          words: nearest(values, tokens, width, count).map(({ id, distance }) => ({
            text: tokenizer.decode(id),
            distance,
          })),
        });
      }
    }
  }
  return entries;
}

function nearest(vector: Float32Array, tokens: Float32Array, width: number, count: number) {
  const best: { id: number; distance: number }[] = [];
  for (let id = 0; id * width < tokens.length; id++) {
    let square = 0;
    for (let i = 0; i < width; i++) square += (vector[i]! - tokens[id * width + i]!) ** 2;
    const distance = Math.sqrt(square);
    if (best.length === count && distance >= best[count - 1]!.distance) continue;
    const place = best.findIndex(other => distance < other.distance);
    best.splice(place === -1 ? best.length : place, 0, { id, distance });
    best.length = Math.min(best.length, count);
  }
  return best;
}
