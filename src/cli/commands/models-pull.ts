import type { Command } from 'commander';
import { pullModel } from '../../engine/jobs/pull-model';
import { megabytes } from '../../shared/format/megabytes';
import { KNOWN_MODELS } from '../../shared/models/known-models';
import { action, type CommonOptions } from '../console/command';
import { textTable } from '../console/text-table';

export function addModelsPull(models: Command): void {
  models
    .command('pull')
    .description('download a model of the Hugging Face hub into the cache that Python uses, too')
    .argument('<id>', 'its name, such as openai/clip-vit-base-patch16')
    .option('--json', 'what was downloaded, as JSON')
    .addHelpText(
      'after',
      `
Only what the model is opened with is downloaded, once it is known that it can be opened (of PyTorch’s .bin and .pt: once
its configuration says so). What is here already is kept; after a break, or Ctrl-C, the same command goes on.

Environment:
  HF_TOKEN        for gated and private models; else the login of “hf auth login” is used
  HF_HUB_CACHE    where models are kept (also HF_HOME)
  HF_ENDPOINT     a mirror of the hub                HTTPS_PROXY, NO_PROXY  a proxy
  HF_HUB_OFFLINE  nothing is downloaded              NODE_EXTRA_CA_CERTS    certificates of your network

Example:
  coop models pull openai/clip-vit-base-patch16`,
    )
    .action(
      action<[string], CommonOptions>(async (terminal, work, id) => {
        const started = performance.now();
        const pulled = await pullModel(id, undefined, work);
        const { bytes, downloaded, weightsFrom, folder } = pulled;
        terminal.result(pulled);
        terminal.endProgress();
        const seconds = Math.max(1, Math.round((performance.now() - started) / 1000));
        terminal.print(
          downloaded === 0
            ? `${id} is here: ${folder}`
            : `${id}: ${megabytes(downloaded)} downloaded in ${seconds} s${downloaded < bytes ? `, of ${megabytes(bytes)}` : ''}, in ${folder}`,
        );
        if (weightsFrom !== null)
          terminal.print(
            `Its weights are the safetensors of the hub’s converter (${weightsFrom}); the main branch has PyTorch’s file only.`,
          );
        terminal.print(`Use it as “@model ${id}”.`);
      }),
    );
  models
    .command('available')
    .description('models of the hub that are known to work, and what each suits')
    .option('--json', 'the list as JSON')
    .action(
      action<[], CommonOptions>(async terminal => {
        terminal.result(KNOWN_MODELS);
        terminal.print(
          textTable(
            [
              { title: 'coop models pull' },
              { title: 'size', align: 'right' },
              { title: 'licence' },
              { title: 'ImageNet', align: 'right' },
              { title: '' },
            ],
            KNOWN_MODELS.map(({ id, megabytes, licence, imageNet, suits }) => [
              id,
              `${megabytes.toLocaleString('en-US')} MB`,
              licence,
              imageNet === null ? '' : `${imageNet.toFixed(1)} %`,
              suits,
            ]),
          ),
        );
        terminal.print('');
        terminal.print(
          'ImageNet: zero-shot accuracy as published (open_clip’s results, TinyCLIP’s table). Any other CLIP of the hub can be pulled, too.',
        );
      }),
    );
}
