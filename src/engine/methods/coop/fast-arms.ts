import type { BEGINNINGS } from '../../../shared/contracts/fast-recipe';
import type { TextTables } from '../../models/parts/clip-model';
import type { TemplateRows } from '../../prompt/template-rows';
import type { Tokenizer } from '../../prompt/tokenizer';
import type { PromptLine } from '../../task/prompt-lines';
import { initialContext } from './initial-context';
import { numberVectors } from './learn-problem';

/** One beginning of the recipe `fast`, and how it goes on. */
export interface Arm {
  readonly id: 'free' | 'tight';
  /** λ of the pull towards the baseline's text features, where shots are not few. */
  readonly pull: number;
}

/**
 * A random beginning learns most where class names say little; one from the baseline's words, held to its text features,
 * loses nothing where they say enough. Which is the case, dev images tell: after a few steps, or where they are many at the end.
 */
export const ARMS: readonly Arm[] & { readonly length: typeof BEGINNINGS } = [
  { id: 'free', pull: 0 },
  { id: 'tight', pull: 8 },
];

/** From this many shots on the pull is the arm's own, and a lead on dev images counts whatever it is. */
const ENOUGH_SHOTS = 4;

/**
 * λ of an arm where each class gives so many images. The loss is a mean over images, the baseline a prior beside their sum:
 * the fewer they are, the more it weighs.
 */
export function pullWith({ pull }: Arm, shots: number): number {
  return pull * Math.max(1, ENOUGH_SHOTS / shots);
}

/**
 * The arm that dev images choose, a place in `ARMS`. Where shots are few it is the held one unless the other is ahead by more
 * than a standard error: a random beginning learns from them what seldom holds, and has as many dev images right by chance.
 * @param accuracies of the arms, in the order of `ARMS`
 * @param images that they are measured on
 * @param shots that a class gives in the mean
 */
export function chosenArm(accuracies: readonly number[], images: number, shots: number): number {
  const [free, held] = accuracies as [number, number];
  const ahead = free - held;
  const isFree =
    Math.round(shots) < ENOUGH_SHOTS ? ahead > Math.sqrt((held * (1 - held)) / images) : ahead >= 0;
  return isFree ? 0 : 1;
}

/**
 * The vectors [vectors, d] an arm starts from: random ones for `free`; else the baseline's words before the class name, the
 * last one next to it, again and again until the slot is full. Words that the slot itself gives go before both.
 */
export function armContext(
  { id }: Arm,
  template: TemplateRows,
  classes: number,
  tables: TextTables,
  tokenizer: Tokenizer,
  baseline: PromptLine,
  seed: number,
): Float32Array {
  const context = initialContext(template, classes, tables, seed);
  const words = id === 'free' ? [] : tokenizer.encode(wordsOf(baseline));
  if (words.length === 0) return context;
  const { slots } = numberVectors(template, classes);
  const { width, tokens } = tables;
  for (const [at, { length, init }] of template.slots.entries()) {
    const place = slots[at];
    if (place == null || init !== null) continue;
    for (let vector = 0; vector < place.count; vector++) {
      const fromEnd = length - 1 - (vector % length);
      const word = words[words.length - 1 - (fromEnd % words.length)]!;
      context.set(tokens.subarray(word * width, (word + 1) * width), (place.first + vector) * width);
    }
  }
  return context;
}

/** The text before the class name, or all of it where none stands there. */
function wordsOf({ templates }: PromptLine): string {
  const segments = templates[0]?.segments ?? [];
  const text = (parts: typeof segments) =>
    parts
      .map(part => (part.kind === 'text' ? part.text : ' '))
      .join('')
      .trim();
  const before = text(
    segments.slice(
      0,
      Math.max(
        0,
        segments.findIndex(({ kind }) => kind === 'class'),
      ),
    ),
  );
  return before === '' ? text(segments) : before;
}
