import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { isName } from '../../shared/template/name-syntax';
import {
  readSafetensorsHeader,
  readTensor,
  type TensorInfo,
  type TensorToWrite,
  writeSafetensors,
} from '../tensors/safetensors';

const FORMAT = '1';
/** Hexadecimal digits that tell two models apart in a message. */
const HASH_SHOWN = 12;

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
  /** The recipe in one line, for a person: `16 shots, seed 1, 200 epochs`. */
  readonly recipe?: string;
  /** Accuracy on the dev images, 0…1. */
  readonly devAccuracy?: number;
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
  if (!isName(name)) throw missing(name, `“${name}” is no name of a context`);
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
    ...(context.recipe === undefined ? {} : { recipe: context.recipe }),
    ...(context.devAccuracy === undefined ? {} : { dev_accuracy: String(context.devAccuracy) }),
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
  if (metadata['format'] !== FORMAT)
    throw damaged(file, `its format is “${metadata['format'] ?? ''}”, not “${FORMAT}”`);
  const classNames = parseNames(metadata['classes'], file);
  const slots: ContextSlot[] = [];
  const width = tensors.get('slot.1')?.shape.at(-1) ?? 0;
  for (let at = 1; at <= tensors.size; at++) slots.push(await readSlot(file, at, tensors, classNames, width));
  if (slots.length === 0) throw damaged(file, 'it has no tensor slot.1');
  return {
    width,
    slots,
    template: metadata['template'] ?? '',
    model: metadata['model'] ?? '',
    modelHash: metadata['model_hash'] ?? '',
    classNames,
    runId: metadata['run'] ?? '',
    createdAt: metadata['created'] ?? '',
    ...(metadata['recipe'] === undefined ? {} : { recipe: metadata['recipe'] }),
    ...(metadata['dev_accuracy'] === undefined ? {} : { devAccuracy: Number(metadata['dev_accuracy']) }),
  };
}

async function readSlot(
  file: string,
  number: number,
  tensors: ReadonlyMap<string, TensorInfo>,
  classNames: readonly string[],
  width: number,
): Promise<ContextSlot> {
  const name = `slot.${number}`;
  const info = tensors.get(name);
  if (info === undefined) throw damaged(file, `it has no tensor ${name} among its ${tensors.size}`);
  const { shape } = info;
  const perClass = shape.length === 3;
  if (!(perClass || shape.length === 2) || shape.at(-1) !== width || shape.includes(0))
    throw damaged(file, `its tensor ${name} has the shape [${shape.join(', ')}]`);
  if (perClass && shape[0] !== classNames.length)
    throw damaged(file, `${name} is for ${shape[0]} classes, and ${classNames.length} are named`);
  const values = await readTensor(file, info);
  if (!values.every(Number.isFinite)) throw damaged(file, `${name} holds a number that is not finite`);
  return { length: shape.at(-2)!, perClass, values };
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
