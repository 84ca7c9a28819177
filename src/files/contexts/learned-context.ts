import { CoopError } from '../../shared/errors';
import { isMissing } from '../disk/file-error';
import { readBoundedFile } from '../disk/read-bounded-file';
import { allFinite } from '../tensors/all-finite';
import { parseSafetensors } from '../tensors/safetensors';
import { type TensorToWrite, writeSafetensors } from '../tensors/write-safetensors';
import { type ContextHead, headOf, metadataOf, missingContext, noContext } from './context-head';

/** Hexadecimal digits that tell two models apart in a message. */
const HASH_SHOWN = 12;
/** 21,841 classes with sixteen vectors of their own take 1.1 GB; Node reads no more at once (CWE-770). */
const MAX_BYTES = 2 ** 31 - 2;

export interface ContextSlot {
  /** M: vectors, per class where the slot is class-specific. */
  readonly length: number;
  readonly perClass: boolean;
  /** [M, d], or [classes, M, d] for a class-specific slot. */
  readonly values: Float32Array;
}

/** A learned prompt's vectors, as `.coop/contexts/NAME.safetensors` holds them (docs/FILE-FORMATS.md). */
export interface LearnedContext extends ContextHead {
  readonly slots: readonly ContextSlot[];
}

/** One vector [d] of a context; `slot` counts from 1. */
export function contextVector(
  { slots, width }: LearnedContext,
  slot: number,
  vector: number,
  classIndex: number | null,
): Float32Array {
  const { length, perClass, values } = slots[slot - 1]!;
  const row = (perClass ? classIndex! * length : 0) + vector;
  return values.subarray(row * width, (row + 1) * width);
}

/** The bytes of a context's file; the same context gives the same bytes. */
export function contextBytes(context: LearnedContext): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, TensorToWrite>();
  for (const [at, { length, perClass, values }] of context.slots.entries()) {
    const shape = perClass ? [context.classNames.length, length, context.width] : [length, context.width];
    tensors.set(`slot.${at + 1}`, { data: values, shape });
  }
  return writeSafetensors(tensors, metadataOf(context, 'the context'));
}

/**
 * The file is read once, whole, and not through a link.
 * @throws CoopError `context.missing`, `file.corrupt`, `file.access`, `file.limit`
 */
export async function readContext(file: string): Promise<LearnedContext> {
  return parseContext(await readContextBytes(file), file);
}

/** @throws CoopError `context.missing`, `file.access`, `file.limit` */
export function readContextBytes(file: string): Promise<Buffer> {
  return readBoundedFile(file, MAX_BYTES, 'refuse').catch((thrown: unknown) => {
    throw isMissing(thrown) ? missingContext(file) : thrown;
  });
}

/**
 * A context's file that was read already.
 * @param file names it in messages
 * @throws CoopError `file.corrupt`, `file.limit`
 */
export function parseContext(bytes: Uint8Array, file: string): LearnedContext {
  const stored = parseSafetensors(bytes, file);
  const head = headOf(stored, file);
  const slots = head.slots.map((slot, at): ContextSlot => {
    const name = `slot.${at + 1}`;
    const values = stored.values(stored.tensors.get(name)!);
    if (!allFinite(values)) throw noContext(file, `${name} holds a number that is not finite`);
    return { ...slot, values };
  });
  return { ...head, slots };
}

/**
 * A context fits a model by its hash, and class-specific slots fit one list of classes only; a unified context serves
 * any classes.
 * @param slot the slot that is asked for, from 1
 * @throws CoopError `context.mismatch` naming what differs
 */
export function checkContext(
  context: LearnedContext,
  name: string,
  model: { readonly hash: string; readonly width: number; readonly id: string },
  classNames: readonly string[],
  slot: number,
): void {
  if (slot < 1 || slot > context.slots.length) {
    throw new CoopError(
      'context.mismatch',
      `<${name}> has ${context.slots.length} slots; there is no <${name}.${slot}>.`,
      {
        subject: name,
        next: 'Correct the number of the slot.',
      },
    );
  }
  const difference = modelDifference(context, model);
  if (difference !== null) {
    throw new CoopError('context.mismatch', `<${name}> was learned for another model: ${difference}.`, {
      subject: name,
      next: `Use the model “${context.model}”, or learn a prompt for “${model.id}”.`,
    });
  }
  if (!context.slots.some(({ perClass }) => perClass)) return;
  const first = classNames.findIndex((className, at) => className !== context.classNames[at]);
  if (first === -1 && classNames.length === context.classNames.length) return;
  throw new CoopError(
    'context.mismatch',
    `<${name}> has vectors of its own for each of ${context.classNames.length} classes, and “${classNames[first] ?? context.classNames[classNames.length]}” is not at the same place among them.`,
    { subject: name, next: 'Learn it again for these classes, or learn a unified context ([V:16]).' },
  );
}

function modelDifference(
  { width, model, modelHash }: LearnedContext,
  wanted: { readonly hash: string; readonly width: number; readonly id: string },
): string | null {
  if (width !== wanted.width)
    return `its vectors have ${width} numbers (“${model}”), those of “${wanted.id}” ${wanted.width}`;
  if (modelHash === '' || modelHash === wanted.hash) return null;
  const [mine, theirs] = [modelHash.slice(0, HASH_SHOWN), wanted.hash.slice(0, HASH_SHOWN)];
  return `the weights of “${model}” (${mine}…), not of “${wanted.id}” (${theirs}…)`;
}
