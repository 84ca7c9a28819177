import path from 'node:path';
import type { Command } from 'commander';
import { predictFolder } from '../../engine/jobs/predict-folder';
import { openProject } from '../../engine/task/open-project';
import { counted } from '../../shared/format/count';
import { action, type CommonOptions } from '../console/command';
import { type ComputeOptions, DEVICE_OPTION, precisionOption, shelfOn } from '../console/shelf-on';

interface LabelOptions extends CommonOptions, ComputeOptions {
  readonly classes: string;
  readonly model: string;
  readonly out: string;
  readonly line: string;
}

export function addLabel(program: Command): void {
  program
    .command('label')
    .description('a list of a folder’s images with the likeliest of some classes for each')
    .argument('<folder>', 'images, in whatever folders they lie')
    .requiredOption('--classes <names>', 'what an image may show, commas between')
    .requiredOption('--model <folder, file or name>', 'as after @model')
    .requiredOption('--out <file>', 'CSV file to write, in the folder of the images or above; not there yet')
    .option('--line <template>', 'template to see them with', 'a photo of a {}.')
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .option('--json', 'how many images, as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  coop label photos --classes "cat, dog, neither" --model openai/clip-vit-base-patch16 --out photos/labels.csv\n\nCorrect the labels that are wrong, and the file can stand after @images.',
    )
    .action(
      action<[string], LabelOptions>(async (terminal, work, folder, options) => {
        const { classes, model, out, line } = options;
        const text = `@images ${path.resolve(folder)}\n@model ${model}\n`;
        const project = openProject({ path: path.resolve('.prompts'), text });
        const file = path.resolve(out);
        const request = { project, names: classes.split(','), line, file, shelf: shelfOn(work, options) };
        const { images, failed } = await predictFolder(request, work);
        terminal.endProgress();
        terminal.result({ images, failed, file });
        const left = failed === 0 ? '' : `; ${counted(failed, 'image')} could not be read`;
        terminal.print([`${out}: ${counted(images, 'image')} as “${line}” sees them${left}.`]);
      }),
    );
}
