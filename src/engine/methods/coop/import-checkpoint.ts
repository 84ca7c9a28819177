import type { ContextSlot, LearnedContext } from '../../../files/contexts/learned-context';
import { allFinite } from '../../../files/tensors/all-finite';
import type { TorchCheckpoint, TorchTensor } from '../../io/torch/torch-checkpoint';
import type { TextTables } from '../../models/parts/clip-model';
import type { Tokenizer } from '../../prompt/tokenizer';
import { mismatch, promptLearnerTensors } from './checkpoint-tensors';

/** Where CoOp put the class name (TRAINER.COOP.CLASS_TOKEN_POSITION); the checkpoint does not say. */
export type ClassTokenPosition = 'end' | 'middle' | 'front';

export interface ImportOptions {
  readonly model: {
    readonly id: string;
    readonly hash: string;
    readonly tables: TextTables;
    readonly tokenizer: Pick<Tokenizer, 'sot' | 'encode'>;
  };
  readonly position: ClassTokenPosition;
  /** In the order of CoOp's labels; needed for class-specific contexts. */
  readonly classNames: readonly string[];
  readonly createdAt: string;
}

/** CoOp stores float16; its embeddings differ from the model's by rounding only. */
const EMBEDDING_TOLERANCE = 1e-2;
const OTHER_MODEL = 'Give the model it was learned for with --model.';
const CLASSES = 'Give a file with the class names in CoOp’s order, one a line, with --classes.';

/**
 * The context of CoOp's `prompt_learner` checkpoint: `ctx` [M, d] or [classes, M, d]. `token_prefix` proves which model it
 * belongs to and how many classes it has, `token_suffix` which (CoOp, trainers/coop.py, PromptLearner).
 * @throws CoopError `context.mismatch` when it is no such checkpoint, or of another model or other classes
 */
export function importCheckpoint(checkpoint: TorchCheckpoint, options: ImportOptions): LearnedContext {
  const { model, position, classNames, createdAt } = options;
  const { context, prefix, suffix } = promptLearnerTensors(checkpoint);
  const { shape, values } = context;
  const [length, width] = shape.slice(-2) as [number, number];
  const perClass = shape.length === 3;
  if (!(perClass || shape.length === 2) || values.length === 0)
    throw mismatch(`its ctx has the shape [${shape.join(', ')}]`, 'Choose CoOp’s prompt_learner checkpoint.');
  if (width !== model.tables.width)
    throw mismatch(
      `its vectors have ${width} numbers, those of “${model.id}” ${model.tables.width}`,
      OTHER_MODEL,
    );
  const classes = classesOf(perClass ? shape[0]! : null, prefix, width);
  if (prefix !== undefined) checkPrefix(prefix.values, options);
  if (
    perClass
      ? classNames.length !== classes
      : classNames.length > 0 && (classes ?? classNames.length) !== classNames.length
  )
    throw mismatch(
      `it has ${perClass ? 'vectors for ' : ''}${classes} classes, and ${classNames.length} names were given`,
      CLASSES,
    );
  if (suffix !== undefined) checkSuffix(suffix, { length, classes }, options);
  if (!allFinite(values))
    throw mismatch('its ctx holds a number that is not finite', 'Use another checkpoint.');
  return {
    width,
    slots: slotsOf(values, { length, width, perClass, position, classes: perClass ? classes! : 1 }),
    template: templateOf(length, perClass, position),
    model: model.id,
    modelHash: model.hash,
    classNames,
    runId: '',
    createdAt,
    recipe: `imported from a PyTorch checkpoint${checkpoint.epoch === null ? '' : `, epoch ${checkpoint.epoch}`}`,
  };
}

/**
 * The number of classes, by the rows of token_prefix; null where a unified context came without them.
 * @param own the first dimension of a three-dimensional ctx: classes, or PLOT's prompts for all of them
 */
function classesOf(own: number | null, prefix: TorchTensor | undefined, width: number): number | null {
  if (prefix === undefined) {
    if (own === null) return null;
    throw mismatch(
      `it lacks token_prefix, without which ${own} sets of vectors may be of ${own} classes or ${own} prompts for every class`,
      'Choose the checkpoint as CoOp saved it.',
    );
  }
  const [rows, one, size] = prefix.shape;
  if (prefix.shape.length !== 3 || one !== 1 || size !== width || rows === 0)
    throw mismatch(
      `its token_prefix has the shape [${prefix.shape.join(', ')}]`,
      'Choose CoOp’s prompt_learner checkpoint.',
    );
  if (own === null || rows === own) return rows!;
  throw mismatch(
    rows! % own === 0
      ? `it is of PLOT: ${own} prompts for each of ${rows! / own} classes, weighed by optimal transport for each image`
      : `it has vectors for ${own} classes, but token_prefix has ${rows} rows`,
    'Import a CoOp checkpoint, which has one prompt for each class.',
  );
}

function checkPrefix(prefix: Float32Array, { model }: ImportOptions): void {
  const { width } = model.tables;
  const { sot } = model.tokenizer;
  for (let row = 0; row < prefix.length; row += width)
    if (sot === null || !isEmbedding(prefix.subarray(row, row + width), sot, model.tables))
      throw mismatch(`its start-of-text embedding is not that of “${model.id}”`, OTHER_MODEL);
}

/** The rows after the context are the class name's own: they tell which class each is. */
function checkSuffix(
  { shape, values }: TorchTensor,
  { length, classes }: { readonly length: number; readonly classes: number | null },
  { model, classNames }: ImportOptions,
): void {
  const { width, positions } = model.tables;
  const rows = positions.length / width - 1 - length;
  if (shape.length !== 3 || shape[0] !== classes || shape[1] !== rows || shape[2] !== width)
    throw mismatch(
      `its token_suffix has the shape [${shape.join(', ')}], not [${classes}, ${rows}, ${width}]`,
      OTHER_MODEL,
    );
  for (const [label, name] of classNames.entries()) {
    const own = model.tokenizer.encode(`${name}.`).slice(0, rows);
    const fits = own.every((id, at) => {
      const from = (label * rows + at) * width;
      return isEmbedding(values.subarray(from, from + width), id, model.tables);
    });
    if (!fits) throw mismatch(`its class ${label + 1} is not “${name}”`, CLASSES);
  }
}

/** Whether a row is the model's own embedding of a token, but for rounding. */
function isEmbedding(row: Float32Array, token: number, { tokens, width }: TextTables): boolean {
  let [difference, size] = [0, 0];
  for (let i = 0; i < width; i++) {
    const own = tokens[token * width + i]!;
    difference += (row[i]! - own) ** 2;
    size += own ** 2;
  }
  return Math.sqrt(difference / size) <= EMBEDDING_TOLERANCE;
}

interface Shape {
  readonly length: number;
  readonly width: number;
  readonly perClass: boolean;
  readonly classes: number;
  readonly position: ClassTokenPosition;
}

/** In the middle, the first half of the vectors stands before the name and the rest behind it. */
function slotsOf(values: Float32Array, { length, width, perClass, classes, position }: Shape): ContextSlot[] {
  if (position !== 'middle') return [{ length, perClass, values }];
  const half = length >> 1;
  return [
    [0, half],
    [half, length],
  ].map(([from, to]) => {
    const parts = Array.from({ length: classes }, (_, label) =>
      values.slice((label * length + from!) * width, (label * length + to!) * width),
    );
    const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return { length: to! - from!, perClass, values: joined };
  });
}

function templateOf(length: number, perClass: boolean, position: ClassTokenPosition): string {
  const slot = (count: number) => `[V:${count}${perClass ? ' per-class' : ''}]`;
  if (position === 'front') return `{} ${slot(length)}.`;
  if (position === 'end') return `${slot(length)} {}.`;
  return `${slot(length >> 1)} {} ${slot(length - (length >> 1))}.`;
}
