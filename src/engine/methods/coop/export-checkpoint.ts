import {
  type ContextSlot,
  contextVector,
  type LearnedContext,
} from '../../../files/contexts/learned-context';
import { CoopError } from '../../../shared/errors';
import { parseTemplate } from '../../../shared/template/parse-template';
import { type Saved, type TensorToSave, writeTorchFile } from '../../io/torch/write-torch-file';
import type { TextTables } from '../../models/parts/clip-model';
import { modelUnsupported } from '../../models/parts/model-error';
import type { Tokenizer } from '../../prompt/tokenizer';
import type { ClassTokenPosition } from './import-checkpoint';

export interface CheckpointOptions {
  readonly model: {
    readonly id: string;
    readonly tables: TextTables;
    readonly tokenizer: Pick<Tokenizer, 'sot' | 'eot' | 'encode'>;
  };
  /** In the order of CoOp's labels. */
  readonly classNames: readonly string[];
  /** What CoOp is told that it has trained already. */
  readonly epoch: number;
}

/** clip.tokenize fills up with zeros, and the embedding of token 0 stands there. */
const PADDING = 0;

/**
 * A context as CoOp's trainer saves its prompt learner: `ctx` [M, d] or [classes, M, d], `token_prefix` [classes, 1, d] and
 * `token_suffix` [classes, T − 1 − M, d] (CoOp, trainers/coop.py, PromptLearner), and the epoch. Optimiser and scheduler
 * are left out, and Dassl's `resume_from_checkpoint` then keeps its own (Dassl, utils/torchtools.py).
 * @throws CoopError `model.unsupported` for a family CoOp does not know, `context.mismatch` for a line that CoOp has no place for, `template.tooLong` for a class name
 */
export function exportCheckpoint(
  context: LearnedContext,
  { model, classNames, epoch }: CheckpointOptions,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly position: ClassTokenPosition } {
  const position = positionOf(context);
  const { width, tokens, positions } = model.tables;
  const { sot } = model.tokenizer;
  if (sot === null)
    throw modelUnsupported(
      model.id,
      'its prompts have no start of text, and CoOp’s code knows CLIP’s only',
      'Export the vectors alone, as .safetensors or .npy.',
    );
  const rows = classNames.length;
  const ctx = joinedSlots(context);
  const rest = positions.length / width - 1 - ctx.shape.at(-2)!;
  const embedding = (id: number) => tokens.subarray(id * width, (id + 1) * width);
  const prefix = new Float32Array(rows * width);
  const suffix = new Float32Array(rows * rest * width);
  for (const [label, name] of classNames.entries()) {
    prefix.set(embedding(sot), label * width);
    const ids = [...model.tokenizer.encode(`${name.replaceAll('_', ' ')}.`), model.tokenizer.eot];
    if (ids.length > rest) throw tooLong(name, ids.length, rest);
    for (let at = 0; at < rest; at++) suffix.set(embedding(ids[at] ?? PADDING), (label * rest + at) * width);
  }
  const state = new Map<string, TensorToSave>([
    ['ctx', ctx],
    ['token_prefix', { shape: [rows, 1, width], values: prefix }],
    ['token_suffix', { shape: [rows, rest, width], values: suffix }],
  ]);
  return {
    bytes: writeTorchFile(
      new Map<string, Saved>([
        ['state_dict', state],
        ['epoch', epoch],
      ]),
    ),
    position,
  };
}

/** Where the class name stands; CoOp knows no other words than it and a full stop. */
function positionOf({ template: line, slots }: LearnedContext): ClassTokenPosition {
  const { template } = parseTemplate(line);
  const kinds = (template?.segments ?? []).flatMap(segment => {
    if (segment.kind !== 'text') return [segment.kind === 'words' ? 'learnable' : segment.kind];
    const text = segment.text.trim();
    return text === '' ? [] : [text];
  });
  switch (kinds.join(' ')) {
    case 'learnable class .':
      return 'end';
    case 'class learnable .':
      return 'front';
    case 'learnable class learnable .': {
      const [before, after] = slots.map(({ length }) => length);
      if (before === Math.floor((before! + after!) / 2)) return 'middle';
    }
  }
  throw new CoopError(
    'context.mismatch',
    `CoOp has no place for the line “${line}”: it puts vectors before the class name, behind it, or half of them on each side, and a full stop at the end.`,
    {
      subject: line,
      next: 'Learn “[V:16] {}.”, “{} [V:16].” or “[V:8] {} [V:8].”, or export as .safetensors.',
    },
  );
}

/** All slots' vectors in their order: [M, d] or [classes, M, d]. */
function joinedSlots(context: LearnedContext): TensorToSave {
  const { slots, width, classNames } = context;
  const perClass = slots.some(slot => slot.perClass);
  const length = slots.reduce((sum, slot) => sum + slot.length, 0);
  const rows = perClass ? classNames.length : 1;
  const values = new Float32Array(rows * length * width);
  let at = 0;
  for (let label = 0; label < rows; label++)
    for (const [slot, { length: own }] of slots.entries() as Iterable<[number, ContextSlot]>)
      for (let vector = 0; vector < own; vector++, at += width)
        values.set(contextVector(context, slot + 1, vector, label), at);
  return { shape: [...(perClass ? [rows] : []), length, width], values };
}

function tooLong(name: string, tokens: number, rest: number): CoopError {
  return new CoopError(
    'template.tooLong',
    `The class “${name}” takes ${tokens} tokens with its end, and ${rest} places are left behind the vectors.`,
    { subject: name, next: 'Shorten the class name, or learn fewer vectors.' },
  );
}
