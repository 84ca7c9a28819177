import type { Command } from 'commander';
import { readTorchCheckpoint } from '../../engine/io/torch/torch-checkpoint';
import { type ClassTokenPosition, importCheckpoint } from '../../engine/methods/coop/import-checkpoint';
import { resolveModel } from '../../engine/models/hub/resolve-model';
import { ModelShelf } from '../../engine/models/shelf/opened-model';
import { storeContext } from '../../files/contexts/store-context';
import { contextFile } from '../../files/coop-folder';
import { readTextFile } from '../../files/disk/read-text-file';
import { CoopError } from '../../shared/errors';
import { action, type CommonOptions } from '../console/command';

interface ImportOptions extends CommonOptions {
  readonly model: string;
  readonly name: string;
  readonly folder: string;
  readonly position: string;
  readonly classes?: string;
}

export function addImport(program: Command): void {
  program
    .command('import')
    .description('turn a checkpoint of the original CoOp (PyTorch) into a learned context for templates')
    .argument('<checkpoint>', 'prompt_learner/model.pth.tar-N; nothing in it is executed')
    .requiredOption('--model <model>', 'the model it was learned for')
    .requiredOption('--name <name>', 'the context’s name: <name> in templates')
    .option('--folder <folder>', 'folder of the document', '.')
    .option('--position <where>', 'where the class name stood: end, middle or front', 'end')
    .option('--classes <file>', 'class names in CoOp’s order, one a line; for class-specific contexts')
    .option('--json', 'what was written, as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  coop import output/prompt_learner/model.pth.tar-50 --model openai/clip-vit-base-patch16 --name pets',
    )
    .action(
      action<[string], ImportOptions>(async (terminal, _work, checkpoint, options) => {
        const { name, folder } = options;
        const position = positionOf(options.position);
        // A name that no file can have is told before the model is read.
        contextFile(folder, name);
        const loaded = await readTorchCheckpoint(checkpoint);
        const opened = await new ModelShelf().open(resolveModel(options.model, process.cwd()), options.model);
        const context = importCheckpoint(loaded, {
          model: {
            id: options.model,
            hash: opened.hash,
            tables: await opened.model.textTables(),
            tokenizer: opened.tokenizer,
          },
          position,
          classNames: options.classes === undefined ? [] : await namesIn(options.classes),
          createdAt: new Date().toISOString(),
        });
        const target = await storeContext(folder, name, context);
        const line = lineWith(name, context.slots.length, position);
        terminal.result({ contextFile: target, line, epoch: loaded.epoch, valResult: loaded.valResult });
        terminal.print([target, `Write it into a document as: ${line}`]);
      }),
    );
}

function positionOf(text: string): ClassTokenPosition {
  if (text === 'end' || text === 'middle' || text === 'front') return text;
  throw new CoopError('usage', `“${text}” is no position.`, { next: 'Use end, middle or front.' });
}

async function namesIn(file: string): Promise<string[]> {
  const text = await readTextFile(file, 'classes.invalid');
  return text
    .split(/\r?\n/)
    .map(name => name.trim().replaceAll('_', ' '))
    .filter(Boolean);
}

function lineWith(name: string, slots: number, position: ClassTokenPosition): string {
  if (slots === 2) return `<${name}.1> {} <${name}.2>.`;
  return position === 'front' ? `{} <${name}>.` : `<${name}> {}.`;
}
