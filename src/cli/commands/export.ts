import path from 'node:path';
import type { Command } from 'commander';
import { contextFile } from '../../engine/contexts/learned-context';
import { exportContextFile } from '../../engine/project/export-context-file';
import { action, type CommonOptions } from '../command';
import { wholeNumber } from '../whole-number';

interface ExportOptions extends CommonOptions {
  readonly folder: string;
  readonly out: string;
  readonly slot: number;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description('the vectors of a learned context as a file for other programs')
    .argument('<context>', 'name of a context beside the document, or its .safetensors file')
    .requiredOption('--out <file>', '.safetensors, .npy, .csv or .json; the ending decides')
    .option('--folder <folder>', 'folder of the document', '.')
    .option('--slot <n>', 'slot, where the prompt has several', wholeNumber, 1)
    .addHelpText(
      'after',
      `
.safetensors holds one tensor “ctx” [M, d] ([classes, M, d] for a class-specific slot), as CoOp names it;
.npy the same array; .csv one vector a line; .json names, shape and values.

Example:
  coop export pets-16shot --out pets.npy`,
    )
    .action(
      action<[string], ExportOptions>(async (terminal, _work, name, options) => {
        const file = name.endsWith('.safetensors') ? path.resolve(name) : contextFile(options.folder, name);
        const { shape } = await exportContextFile({ file, slot: options.slot, out: options.out });
        terminal.note(`${shape.join(' × ')} → ${options.out}`);
      }),
    );
}
