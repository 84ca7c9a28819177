import path from 'node:path';
import * as v from 'valibot';
import { CoopError } from '../../shared/errors';
import { ONE_LINE } from '../../shared/format/one-line';
import { CONTEXT_ENDING } from '../coop-folder';
import { isMissing } from '../disk/file-error';
import { readSafetensorsHeader, type SafetensorsHeader } from '../tensors/safetensors';

/** Names and lines travel into code, terminals and pages. */
const line = v.pipe(v.string(), v.regex(ONE_LINE, 'holds control characters'));
const classNames = v.pipe(v.string(), v.parseJson(), v.array(line));

/** The metadata of a context's file (docs/FILE-FORMATS.md): strings as they stand there, read and written through this. */
export const ContextMetadata = v.object({
  format: v.literal('1'),
  /** The line that was learned, e.g. `[V:16] {}.`. */
  template: v.optional(line, ''),
  model: v.optional(line, ''),
  model_hash: v.optional(line, ''),
  classes: v.optional(classNames, '[]'),
  run: v.optional(line, ''),
  created: v.optional(line, ''),
  /** The recipe in one line, for a person: `16 shots, seed 1, 200 epochs`. */
  recipe: v.exactOptional(line),
  /** Accuracy on the dev images, 0…1. */
  dev_accuracy: v.exactOptional(v.pipe(v.string(), v.transform(Number), v.finite())),
});

/** What a context's file says of itself. */
export interface ContextHead {
  /** One for each slot, in order: M vectors of `width` numbers, per class or for all. */
  readonly slots: readonly { readonly length: number; readonly perClass: boolean }[];
  readonly width: number;
  readonly template: string;
  readonly model: string;
  readonly modelHash: string;
  readonly classNames: readonly string[];
  readonly runId: string;
  readonly createdAt: string;
  readonly recipe?: string;
  readonly devAccuracy?: number;
}

/**
 * Reads no tensors.
 * @throws CoopError `context.missing`, `file.corrupt`, `file.access`
 */
export async function readContextHead(file: string): Promise<ContextHead> {
  try {
    return headOf(await readSafetensorsHeader(file, 'refuse'), file);
  } catch (thrown) {
    throw isMissing(thrown) ? missingContext(file) : thrown;
  }
}

/** @throws CoopError `file.corrupt` when the header is not that of a context */
export function headOf({ tensors, metadata }: SafetensorsHeader, file: string): ContextHead {
  if (metadata['format'] !== '1')
    throw noContext(file, `its format is “${(metadata['format'] ?? '').slice(0, 20)}”, not “1”`);
  const parsed = v.safeParse(ContextMetadata, metadata);
  if (!parsed.success) {
    const field = v.getDotPath(parsed.issues[0])?.split('.')[0];
    const cause =
      field === 'classes' ? 'its list of classes is no list of names' : `its ${field} is not valid`;
    throw noContext(file, `${cause} (${parsed.issues[0].message})`);
  }
  const { template, model, model_hash, classes, run, created, recipe, dev_accuracy } = parsed.output;
  const width = tensors.get('slot.1')?.shape.at(-1) ?? 0;
  const slots = Array.from({ length: tensors.size }, (_, at) => {
    const name = `slot.${at + 1}`;
    const shape = tensors.get(name)?.shape;
    if (shape === undefined) throw noContext(file, `it has no tensor ${name} among its ${tensors.size}`);
    const perClass = shape.length === 3;
    if (!(perClass || shape.length === 2) || shape.at(-1) !== width || shape.includes(0))
      throw noContext(file, `its tensor ${name} has the shape [${shape.join(', ')}]`);
    if (perClass && shape[0] !== classes.length)
      throw noContext(file, `${name} is for ${shape[0]} classes, and ${classes.length} are named`);
    return { length: shape.at(-2)!, perClass };
  });
  if (slots.length === 0) throw noContext(file, 'it has no tensor slot.1');
  return {
    slots,
    width,
    template,
    model,
    modelHash: model_hash,
    classNames: classes,
    runId: run,
    createdAt: created,
    ...(recipe === undefined ? {} : { recipe }),
    ...(dev_accuracy === undefined ? {} : { devAccuracy: dev_accuracy }),
  };
}

/**
 * The metadata that `headOf` reads back.
 * @throws CoopError `file.corrupt` for a head that could not be read back
 */
export function metadataOf(head: ContextHead, file: string): Readonly<Record<string, string>> {
  const { template, model, modelHash, classNames: names, runId, createdAt, recipe, devAccuracy } = head;
  const metadata = {
    format: '1' as const,
    template,
    model,
    model_hash: modelHash,
    classes: JSON.stringify(names),
    run: runId,
    created: createdAt,
    ...(recipe === undefined ? {} : { recipe }),
    ...(devAccuracy === undefined ? {} : { dev_accuracy: String(devAccuracy) }),
  } satisfies v.InferInput<typeof ContextMetadata>;
  const parsed = v.safeParse(ContextMetadata, metadata);
  if (parsed.success) return metadata;
  const [issue] = parsed.issues;
  throw noContext(file, `${v.getDotPath(issue)}: ${issue.message}`);
}

export function missingContext(file: string): CoopError {
  const name = path.basename(file, CONTEXT_ENDING);
  return new CoopError('context.missing', `There is no learned context “${name}” (${file}).`, {
    subject: name,
    next: 'Learn it and apply it, or correct the name.',
  });
}

export function noContext(file: string, cause: string): CoopError {
  return new CoopError('file.corrupt', `${file} is no learned context: ${cause}.`, {
    subject: file,
    next: 'Apply the run again.',
  });
}
