import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { readContext } from '../../files/contexts/learned-context';
import { COOP_FOLDER } from '../../files/coop-folder';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { writeError } from '../../files/disk/file-error';
import { CoopError } from '../../shared/errors';
import { epochsInWords } from '../../shared/format/recipe';
import { exportCheckpoint } from '../methods/coop/export-checkpoint';
import type { ClassTokenPosition } from '../methods/coop/import-checkpoint';
import { resolveModel } from '../models/hub/resolve-model';
import type { ModelShelf } from '../models/shelf/opened-model';

export interface CheckpointRequest {
  /** The context's file. */
  readonly file: string;
  /** A file `….pth.tar` or `….pth.tar-N`, or the folder that CoOp calls its output directory. */
  readonly out: string;
  readonly models: ModelShelf;
  /** Default: the context's own, as it was named when it was learned. */
  readonly model?: { readonly spec: string; readonly folder: string } | undefined;
  /** In the order of CoOp's labels; default: those it was learned for. */
  readonly classNames?: readonly string[] | undefined;
  /** Default: the N of the file, or the epochs that the context's recipe names. */
  readonly epoch?: number | undefined;
}

export interface WrittenCheckpoint {
  readonly file: string;
  /** Of `ctx`: [M, d] or [classes, M, d]. */
  readonly shape: readonly number[];
  readonly position: ClassTokenPosition;
  readonly epoch: number;
}

const CHECKPOINT = /\.pth\.tar(?:-(\d{1,6}))?$/;

/** Whether what is asked for is a checkpoint: by its ending, or a folder. */
export async function isCheckpointPlace(out: string): Promise<boolean> {
  if (CHECKPOINT.test(out) || path.extname(out) === '') return true;
  return stat(out).then(
    found => found.isDirectory(),
    () => false,
  );
}

/**
 * Writes a context as the checkpoint that CoOp's own code loads and resumes from. Into a folder goes what Dassl's
 * `save_checkpoint` leaves there (Dassl, utils/torchtools.py): `prompt_learner/model.pth.tar-N` and `checkpoint`, which names
 * it.
 * @throws CoopError as readContext, ModelShelf.open, exportCheckpoint and writeFileAtomic; `context.mismatch` for
 * another model, or without class names
 */
export async function exportCheckpointFile(request: CheckpointRequest): Promise<WrittenCheckpoint> {
  const { file, out, models } = request;
  const context = await readContext(file);
  const { spec, folder } = request.model ?? { spec: context.model || null, folder: documentFolderOf(file) };
  const opened = await models.open(resolveModel(spec, folder), spec!);
  if (opened.hash !== context.modelHash)
    throw new CoopError('context.mismatch', `The context was learned for another model than “${spec}”.`, {
      subject: file,
      next: `Give the model it was learned for, “${context.model}”, with --model.`,
    });
  const perClass = context.slots.some(slot => slot.perClass);
  const classNames = perClass ? context.classNames : (request.classNames ?? context.classNames);
  if (classNames.length === 0)
    throw new CoopError('context.mismatch', 'The context does not say which classes it was learned for.', {
      subject: file,
      next: 'Give the document that names them with --prompts.',
    });
  const named = CHECKPOINT.exec(out);
  const epoch = request.epoch ?? numberIn(named?.[1]) ?? epochsInWords(context.recipe ?? '') ?? 1;
  const { bytes, position } = exportCheckpoint(context, {
    model: { id: spec!, tables: await opened.model.textTables(), tokenizer: opened.tokenizer },
    classNames,
    epoch,
  });
  const length = context.slots.reduce((sum, slot) => sum + slot.length, 0);
  const written = named === null ? path.join(out, 'prompt_learner', `model.pth.tar-${epoch}`) : out;
  if (named === null) await makeFolder(path.dirname(written));
  await writeFileAtomic(written, bytes);
  if (named === null)
    await writeFileAtomic(path.join(path.dirname(written), 'checkpoint'), `${path.basename(written)}\n`);
  return {
    file: written,
    shape: [...(perClass ? [classNames.length] : []), length, context.width],
    position,
    epoch,
  };
}

/** The folder whose `.coop` a context lies in; where it lies in none, its own. */
function documentFolderOf(file: string): string {
  const parts = path.resolve(file).split(path.sep);
  const at = parts.lastIndexOf(COOP_FOLDER);
  return at < 1 ? path.dirname(file) : parts.slice(0, at).join(path.sep) || path.sep;
}

const numberIn = (text: string | undefined) => (text === undefined ? undefined : Number(text));

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw writeError(thrown, folder);
  }
}
