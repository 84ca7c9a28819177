import type { Command } from 'commander';
import { foundModels } from '../../engine/models/hub/found-models';
import { action, type CommonOptions } from '../console/command';
import { textTable } from '../console/text-table';
import { addModelsPull } from './models-pull';

export function addModels(program: Command): void {
  const models = program
    .command('models')
    .description(
      'the CLIP models that @model can name here: the sample’s, those in the caches of Hugging Face and of OpenAI’s package',
    )
    .argument('[folder...]', 'further folders, each a model or a folder of models')
    .option('--json', 'the whole list as JSON')
    .addHelpText('after', '\nExample:\n  coop models ./models')
    .action(
      action<[readonly string[]], CommonOptions>(async (terminal, _work, folders) => {
        const models = await foundModels(folders);
        terminal.result(models);
        if (models.length === 0) {
          terminal.print(
            'No CLIP model was found. “coop models pull openai/clip-vit-base-patch16” downloads one.',
          );
          return;
        }
        terminal.print(
          textTable(
            [
              { title: '@model' },
              { title: 'images' },
              { title: 'text tower', align: 'right' },
              { title: 'size', align: 'right' },
              { title: '' },
            ],
            models.map(model =>
              model.ok
                ? [
                    model.name,
                    model.preprocessing,
                    model.textTower,
                    `${Math.round(model.bytes / 1e6)} MB`,
                    model.sampleOnly
                      ? 'for the sample only: it knows icons, not photos'
                      : (model.assumption ?? ''),
                  ]
                : [model.name, '', '', '', model.error.message],
            ),
          ),
        );
      }),
    );
  addModelsPull(models);
}
