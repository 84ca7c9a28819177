import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { exportCheckpointFile, isCheckpointPlace } from '../../engine/jobs/export-checkpoint-file';
import { exportContextFile } from '../../engine/jobs/export-context-file';
import { exportPrompt } from '../../engine/jobs/export-prompt';
import type { Work } from '../../engine/task/work';
import { readContext } from '../../files/contexts/learned-context';
import { contextFile } from '../../files/coop-folder';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import { LIBRARIES, type Library } from '../../shared/snippets/snippet-facts';
import { parseTemplate } from '../../shared/template/parse-template';
import { replaceLearnable } from '../../shared/template/replace-learnable';
import { action, type CommonOptions } from '../console/command';
import { wholeNumber } from '../console/option-values';
import { readDocument } from '../console/read-document';
import { DEVICE_OPTION, shelfOn } from '../console/shelf-on';
import type { Terminal } from '../console/terminal';
import {
  CALIBRATED_OPTION,
  THRESHOLD_OPTION,
  type ThresholdOptions,
  thresholdOf,
} from '../console/threshold-options';

interface ExportOptions extends CommonOptions, ThresholdOptions {
  readonly folder: string;
  readonly out: string;
  readonly slot: number;
  readonly prompts?: string;
  readonly line?: string;
  readonly code?: string;
  readonly model?: string;
  readonly epoch?: number;
  readonly device?: string;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description('a learned context, or with --prompts the whole prompt of every class, for other programs')
    .argument(
      '[context]',
      'name of a context beside the document, or its .safetensors file; not needed with --line',
    )
    .requiredOption(
      '--out <file>',
      '.safetensors, .npy, .csv, .json, .pth.tar-N, with --prompts .onnx; the ending decides. A folder: CoOp’s output directory',
    )
    .option('--folder <folder>', 'folder of the document', '.')
    .option('--slot <n>', 'slot, where the prompt has several', wholeNumber, 1)
    .option('--prompts <file>', '.prompts file that names classes and model: exports the whole prompt')
    .option('--line <template>', 'with --prompts: another line than the one that was learned')
    .option('--code <library>', `with --prompts: prints code for ${LIBRARIES.join(', ')}`)
    .option(...CALIBRATED_OPTION)
    .option(...THRESHOLD_OPTION)
    .option('--model <model>', 'for a checkpoint: where the model is now; default: as it was learned for')
    .option(
      '--epoch <n>',
      'for a checkpoint: the N of model.pth.tar-N; default: the epochs it was learned',
      wholeNumber,
    )
    .option(...DEVICE_OPTION)
    .addHelpText(
      'after',
      `
Without --prompts, .safetensors holds one tensor “ctx” [M, d] ([classes, M, d] for a class-specific slot), as CoOp names
it; .npy the same array; .csv one vector a line; .json names, shape and values.
A folder gets prompt_learner/model.pth.tar-N and “checkpoint”, which CoOp's own code (PyTorch) loads and resumes from.
With --prompts, .onnx is a whole classifier, from the pixels of an image to the probabilities of the classes;
.safetensors holds token ids, vectors and where they go, and text features; .json the text features.

Examples:
  coop export pets-16shot --out pets.npy
  coop export pets-16shot --out output
  coop export --prompts pets.prompts --line "a photo of a {}." --out pets.onnx
  coop export pets-16shot --prompts pets.prompts --out pets.safetensors --code open_clip > classify.py`,
    )
    .action(
      action<[string | undefined], ExportOptions>(async (terminal, work, name, options) => {
        const { prompts, out } = options;
        if (await isCheckpointPlace(out)) return writeCheckpoint(terminal, work, named(name), options);
        if (prompts === undefined) {
          const whole = [options.code, options.line, thresholdOf(options).threshold];
          if (whole.some(value => value !== undefined))
            throw new CoopError(
              'usage',
              '--code, --line, --threshold and --calibrated export a whole prompt.',
              {
                next: 'Add --prompts FILE, the document that names classes and model.',
              },
            );
          const file = await contextNamed(named(name), options.folder);
          const { shape } = await exportContextFile({ file, slot: options.slot, out });
          terminal.note(`${shape.join(' × ')} → ${out}`);
          return;
        }
        const project = await readDocument(terminal, prompts);
        const line = options.line ?? (await learnedLine(project.folder, named(name)));
        const library = options.code === undefined ? null : libraryOf(options.code);
        const shelf = shelfOn(work, options);
        const { classes, code } = await exportPrompt(
          { project, line, out, library, shownAs: out, ...thresholdOf(options), shelf },
          work,
        );
        terminal.endProgress();
        terminal.note(`${line} for ${counted(classes, 'class', 'classes')} → ${out}`);
        if (code !== null) terminal.print(code.trimEnd().split('\n'));
      }),
    );
}

function named(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new CoopError('usage', 'No context was named.', {
    next: 'Give its name, or with --prompts a line of the document with --line.',
  });
}

async function contextNamed(name: string, folder: string): Promise<string> {
  if (name.endsWith('.safetensors')) return realpath(name).catch(() => path.resolve(name));
  return contextFile(folder, name);
}

async function writeCheckpoint(
  terminal: Terminal,
  work: Work,
  name: string,
  options: ExportOptions,
): Promise<void> {
  const { prompts, out, folder, model, epoch, device } = options;
  const unread = (['line', 'code', 'threshold', 'calibrated'] as const).filter(
    each => options[each] !== undefined,
  );
  if (unread.length > 0)
    throw new CoopError(
      'usage',
      `--out ${out} is a checkpoint, which does not know ${unread.map(each => `--${each}`).join(', ')}.`,
      { subject: out, next: 'Give --out an ending, such as .onnx, or leave these options out.' },
    );
  const shelf = shelfOn(work, { device });
  const project = prompts === undefined ? null : await readDocument(terminal, prompts);
  const spec = model ?? project?.document.directives.model;
  const written = await exportCheckpointFile({
    file: await contextNamed(name, project?.folder ?? folder),
    out,
    models: shelf.models,
    ...(spec == null
      ? {}
      : { model: { spec, folder: model === undefined ? project!.folder : process.cwd() } }),
    classNames: project === null ? undefined : (await shelf.open(project, work)).classes.names,
    epoch,
  });
  terminal.endProgress();
  const { shape, position } = written;
  terminal.result(written);
  terminal.print([
    written.file,
    `CoOp loads it with --load-epoch ${written.epoch} TRAINER.COOP.N_CTX ${shape.at(-2)} TRAINER.COOP.CSC ${shape.length === 3 ? 'True' : 'False'} TRAINER.COOP.CLASS_TOKEN_POSITION ${position}`,
  ]);
}

/** The line that a context was learned on, with the context in its slots. */
async function learnedLine(folder: string, name: string): Promise<string> {
  const { template: learned } = await readContext(contextFile(folder, name));
  const { template } = parseTemplate(learned);
  if (template !== null) return replaceLearnable(template, name);
  throw new CoopError('file.corrupt', `The context “${name}” does not say which line it was learned on.`, {
    subject: name,
    next: 'Give the line with --line.',
  });
}

function libraryOf(name: string): Library {
  const found = LIBRARIES.find(library => library === name);
  if (found !== undefined) return found;
  throw new CoopError('usage', `There is no code for “${name}”.`, { next: `Use ${LIBRARIES.join(', ')}.` });
}
