import type { Command } from 'commander';
import type { LineCalibration } from '../../engine/jobs/line-calibration';
import { predictImages } from '../../engine/jobs/predict-images';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import { percent } from '../../shared/format/percent';
import { answeredInWords, temperatureInWords } from '../../shared/verdicts/confidence-words';
import { action, type CommonOptions } from '../console/command';
import { wholeNumber } from '../console/option-values';
import { readDocument } from '../console/read-document';
import { type ComputeOptions, DEVICE_OPTION, precisionOption, shelfOn } from '../console/shelf-on';
import { textTable } from '../console/text-table';
import {
  CALIBRATED_OPTION,
  THRESHOLD_OPTION,
  type ThresholdOptions,
  thresholdOf,
} from '../console/threshold-options';

interface PredictOptions extends CommonOptions, ComputeOptions, ThresholdOptions {
  readonly prompts: string;
  readonly line?: string;
  readonly top: number;
}

const NONE_OF_THESE = 'none of these';

export function addPredict(program: Command): void {
  program
    .command('predict')
    .description('the likeliest classes of image files, as a template of a document sees them')
    .argument('<image...>', 'image files')
    .requiredOption('--prompts <file>', '.prompts file that names classes and model')
    .option(
      '--line <template>',
      'template, “@ensemble NAME”, “@use SET” or “@descriptors FILE”; default: the baseline',
    )
    .option('--top <n>', 'classes per image', wholeNumber, 3)
    .option(...CALIBRATED_OPTION)
    .option(...THRESHOLD_OPTION)
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .option('--json', 'all predictions as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  coop predict cat.jpg dog.jpg --prompts pets.prompts --line "<pets-16shot> {}."\n  coop predict *.jpg --prompts pets.prompts --threshold 0.7',
    )
    .action(
      action<[readonly string[]], PredictOptions>(async (terminal, work, paths, options) => {
        const { prompts, top } = options;
        const project = await readDocument(terminal, prompts);
        const line = options.line ?? project.document.baseline?.line;
        if (line === undefined) {
          throw new CoopError('template.syntax', `${prompts} has no template that can be scored.`, {
            subject: prompts,
            next: 'Write one, such as “a photo of a {}.”, or name one with --line.',
          });
        }
        const shelf = shelfOn(work, options);
        const request = { project, line, paths, top, ...thresholdOf(options), shelf };
        const { predictions, calibration } = await predictImages(request, work);
        terminal.endProgress();
        terminal.result({ line, ...(calibration === null ? {} : { calibration }), predictions });
        terminal.print([line, '']);
        terminal.print(
          textTable(
            [{ title: 'image' }, { title: 'class' }, { title: 'probability', align: 'right' }],
            predictions.flatMap(({ path, classes, noneOfThese }) => [
              ...(noneOfThese === true ? [[path, NONE_OF_THESE, '']] : []),
              ...classes.map(({ name, probability }, at) => [
                at === 0 && noneOfThese !== true ? path : '',
                name,
                percent(probability),
              ]),
            ]),
          ),
        );
        if (calibration !== null) terminal.print(['', calibrationInWords(calibration)]);
      }),
    );
}

function calibrationInWords({ temperature, threshold, images, answered }: LineCalibration): string {
  const sure = `Probabilities are calibrated on ${counted(images, 'dev image')}: softmax over the classes of logits divided by ${temperatureInWords(temperature)}.`;
  if (threshold === 0) return sure;
  return `${sure} From ${percent(threshold)} on there is an answer: on dev images ${answeredInWords(answered, images)}.`;
}
