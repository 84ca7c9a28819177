import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { readSafetensorsHeader, readTensor, type TensorToWrite, writeSafetensors } from '../io/safetensors';

const FORMAT = '1';

export interface ContextSlot {
  /** M: vectors, per class where the slot is class-specific. */
  readonly length: number;
  readonly perClass: boolean;
  /** [M, d], or [classes, M, d] for a class-specific slot. */
  readonly values: Float32Array;
}

/** A learned prompt's vectors, as `.coop/contexts/NAME.safetensors` holds them (docs/FILE-FORMATS.md). */
export interface LearnedContext {
  readonly width: number;
  readonly slots: readonly ContextSlot[];
  /** The line that was learned, e.g. `[V:16] {}.`. */
  readonly template: string;
  readonly model: string;
  readonly modelHash: string;
  readonly classNames: readonly string[];
  readonly runId: string;
  readonly createdAt: string;
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

/**
 * The file of a context beside a document.
 * @throws CoopError `context.missing` for a name that is no file name
 */
export function contextFile(documentFolder: string, name: string): string {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u.test(name)) throw missing(name, `“${name}” is no name of a context`);
  return path.join(documentFolder, '.coop', 'contexts', `${name}.safetensors`);
}

export function contextBytes(context: LearnedContext): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, TensorToWrite>();
  for (const [at, { length, perClass, values }] of context.slots.entries()) {
    const shape = perClass ? [context.classNames.length, length, context.width] : [length, context.width];
    tensors.set(`slot.${at + 1}`, { data: values, shape });
  }
  return writeSafetensors(tensors, {
    format: FORMAT,
    template: context.template,
    model: context.model,
    model_hash: context.modelHash,
    classes: JSON.stringify(context.classNames),
    run: context.runId,
    created: context.createdAt,
  });
}

/** @throws CoopError `context.missing`, `file.corrupt`, `file.access` */
export async function readContext(file: string): Promise<LearnedContext> {
  const name = path.basename(file, '.safetensors');
  const { tensors, metadata } = await readSafetensorsHeader(file).catch((thrown: unknown) => {
    const cause =
      thrown instanceof CoopError ? (thrown.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (cause?.code === 'ENOENT') throw missing(name, `There is no learned context “${name}” (${file})`);
    throw thrown;
  });
  const slots: ContextSlot[] = [];
  let width = 0;
  for (let at = 1; ; at++) {
    const info = tensors.get(`slot.${at}`);
    if (info === undefined) break;
    const [length, size] = info.shape.slice(-2);
    if (length === undefined || size === undefined || info.shape.length > 3 || (at > 1 && size !== width))
      throw damaged(file, `its tensor slot.${at} has the shape [${info.shape.join(', ')}]`);
    width = size;
    slots.push({ length, perClass: info.shape.length === 3, values: await readTensor(file, info) });
  }
  if (slots.length === 0) throw damaged(file, 'it has no tensor slot.1');
  return {
    width,
    slots,
    template: metadata['template'] ?? '',
    model: metadata['model'] ?? '',
    modelHash: metadata['model_hash'] ?? '',
    classNames: parseNames(metadata['classes'], file),
    runId: metadata['run'] ?? '',
    createdAt: metadata['created'] ?? '',
  };
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
  if (slot > context.slots.length) {
    throw new CoopError(
      'context.mismatch',
      `<${name}> has ${context.slots.length} slots; there is no <${name}.${slot}>.`,
      {
        subject: name,
        next: 'Correct the number of the slot.',
      },
    );
  }
  if (context.width !== model.width || (context.modelHash !== '' && context.modelHash !== model.hash)) {
    throw new CoopError(
      'context.mismatch',
      `<${name}> was learned for the model “${context.model}”, not for “${model.id}”.`,
      { subject: name, next: 'Use that model, or learn a prompt for this one.' },
    );
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

function parseNames(text: string | undefined, file: string): string[] {
  if (text === undefined) return [];
  try {
    const names: unknown = JSON.parse(text);
    if (Array.isArray(names) && names.every(name => typeof name === 'string')) return names;
  } catch {
    // Said below.
  }
  throw damaged(file, 'its list of classes is no list of names');
}

function missing(name: string, cause: string): CoopError {
  return new CoopError('context.missing', `${cause}.`, {
    subject: name,
    next: 'Learn it and apply it, or correct the name.',
  });
}

function damaged(file: string, cause: string): CoopError {
  return new CoopError('file.corrupt', `${file} is no learned context: ${cause}.`, {
    subject: file,
    next: 'Apply the run again.',
  });
}
