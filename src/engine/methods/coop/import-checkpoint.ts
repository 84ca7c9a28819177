import type { ContextSlot, LearnedContext } from '../../../files/contexts/learned-context';
import { CoopError } from '../../../shared/errors';
import type { TorchCheckpoint } from '../../io/torch/torch-checkpoint';
import type { TextTables } from '../../models/parts/clip-model';

/** Where CoOp put the class name (TRAINER.COOP.CLASS_TOKEN_POSITION); the checkpoint does not say. */
export type ClassTokenPosition = 'end' | 'middle' | 'front';

export interface ImportOptions {
  readonly model: {
    readonly id: string;
    readonly hash: string;
    readonly tables: TextTables;
    readonly sot: number;
  };
  readonly position: ClassTokenPosition;
  /** In the order of CoOp's labels; needed for class-specific contexts. */
  readonly classNames: readonly string[];
  readonly createdAt: string;
}

/** CoOp stores float16; its SOT embedding differs from the model's by rounding only. */
const SOT_TOLERANCE = 1e-2;

/**
 * The context of CoOp's `prompt_learner` checkpoint: `ctx` [M, d] or [classes, M, d], with `token_prefix` as the proof
 * of which model it belongs to (CoOp, trainers/coop.py, PromptLearner).
 * @throws CoopError `context.mismatch` when it is no such checkpoint, or of another model or number of classes
 */
export function importCheckpoint(
  { tensors, epoch }: TorchCheckpoint,
  options: ImportOptions,
): LearnedContext {
  const { model, position, classNames, createdAt } = options;
  const context = tensors.get('ctx');
  if (context === undefined)
    throw mismatch('it holds no tensor “ctx”', 'Choose CoOp’s prompt_learner checkpoint.');
  if ([...tensors.keys()].some(name => name.startsWith('meta_net.')))
    throw mismatch(
      'it is of CoCoOp, whose context depends on each image',
      'Import a CoOp checkpoint; CoCoOp’s meta network is not supported.',
    );
  const { shape, values } = context;
  const [length, width] = shape.slice(-2) as [number, number];
  const perClass = shape.length === 3;
  if (!(perClass || shape.length === 2) || values.length === 0)
    throw mismatch(`its ctx has the shape [${shape.join(', ')}]`, 'Choose CoOp’s prompt_learner checkpoint.');
  if (width !== model.tables.width)
    throw mismatch(
      `its vectors have ${width} numbers, those of “${model.id}” ${model.tables.width}`,
      'Give the model it was learned for with --model.',
    );
  checkPrefix(tensors.get('token_prefix')?.values, options);
  if (perClass && classNames.length !== shape[0])
    throw mismatch(
      `it has vectors for ${shape[0]} classes, and ${classNames.length} names were given`,
      'Give a file with the class names in CoOp’s order, one a line, with --classes.',
    );
  if (!values.every(Number.isFinite))
    throw mismatch('its ctx holds a number that is not finite', 'Use another checkpoint.');
  return {
    width,
    slots: slotsOf(values, { length, width, perClass, position, classes: perClass ? shape[0]! : 1 }),
    template: templateOf(length, perClass, position),
    model: model.id,
    modelHash: model.hash,
    classNames,
    runId: '',
    createdAt,
    recipe: `imported from a PyTorch checkpoint${epoch === null ? '' : `, epoch ${epoch}`}`,
  };
}

function checkPrefix(prefix: Float32Array | undefined, { model }: ImportOptions): void {
  if (prefix === undefined) return;
  const { tokens, width } = model.tables;
  let [difference, size] = [0, 0];
  for (let i = 0; i < width; i++) {
    const own = tokens[model.sot * width + i]!;
    difference += (prefix[i]! - own) ** 2;
    size += own ** 2;
  }
  if (Math.sqrt(difference / size) > SOT_TOLERANCE)
    throw mismatch(
      `its start-of-text embedding is not that of “${model.id}”`,
      'Give the model it was learned for with --model.',
    );
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

function mismatch(why: string, next: string): CoopError {
  return new CoopError('context.mismatch', `The checkpoint cannot be imported: ${why}.`, { next });
}
