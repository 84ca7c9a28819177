import type { Command } from 'commander';
import { predictImages } from '../../engine/jobs/predict-images';
import { readProject } from '../../engine/task/open-project';
import { CoopError } from '../../shared/errors';
import { percent } from '../../shared/format/percent';
import { action, type CommonOptions } from '../console/command';
import { wholeNumber } from '../console/option-values';
import { DEVICE_OPTION, shelfOn } from '../console/shelf-on';
import { textTable } from '../console/text-table';

interface PredictOptions extends CommonOptions {
  readonly prompts: string;
  readonly line?: string;
  readonly top: number;
  readonly device?: string;
}

export function addPredict(program: Command): void {
  program
    .command('predict')
    .description('the likeliest classes of image files, as a template of a document sees them')
    .argument('<image...>', 'image files')
    .requiredOption('--prompts <file>', '.prompts file that names classes and model')
    .option('--line <template>', 'template, “@ensemble NAME” or “@use SET”; default: the baseline')
    .option('--top <n>', 'classes per image', wholeNumber, 3)
    .option(...DEVICE_OPTION)
    .option('--json', 'all predictions as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  coop predict cat.jpg dog.jpg --prompts pets.prompts --line "<pets-16shot> {}."',
    )
    .action(
      action<[readonly string[]], PredictOptions>(async (terminal, work, paths, options) => {
        const { prompts, device, top } = options;
        const project = await readProject(prompts);
        const line = options.line ?? project.document.baseline?.line;
        if (line === undefined) {
          throw new CoopError('template.syntax', `${prompts} has no template that can be scored.`, {
            subject: prompts,
            next: 'Write one, such as “a photo of a {}.”, or name one with --line.',
          });
        }
        const shelf = shelfOn(work, device);
        const predictions = await predictImages({ project, line, paths, top, shelf }, work);
        terminal.endProgress();
        terminal.result({ line, predictions });
        terminal.print([line, '']);
        terminal.print(
          textTable(
            [{ title: 'image' }, { title: 'class' }, { title: 'probability', align: 'right' }],
            predictions.flatMap(({ path, classes }) =>
              classes.map(({ name, probability }, at) => [at === 0 ? path : '', name, percent(probability)]),
            ),
          ),
        );
      }),
    );
}
