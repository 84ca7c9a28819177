import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { embedImages, embedTexts } from '../../engine/jobs/embed';
import { modelWarnings } from '../../engine/jobs/task-warnings';
import { writeEmbeddings } from '../../engine/jobs/write-embeddings';
import { resolveModel } from '../../engine/models/hub/resolve-model';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import { action } from '../console/command';
import { type ComputeOptions, DEVICE_OPTION, precisionOption, shelfOn } from '../console/shelf-on';

interface EmbedOptions extends ComputeOptions {
  readonly model: string;
  readonly texts?: string;
  readonly images?: readonly string[];
  readonly out: string;
  readonly json?: boolean;
}

export function addEmbed(program: Command): void {
  program
    .command('embed')
    .description('unit embeddings of texts and images, in input order')
    .requiredOption('--model <folder>', 'as after @model: a folder, a weights file or a name')
    .option('--texts <file>', 'texts, one a line; - reads stdin')
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .option('--images <path...>', 'image files')
    .requiredOption(
      '--out <file>',
      'F.safetensors (text_embeds, image_embeds), F.npy (one of the two) or F.jsonl',
    )
    .addHelpText(
      'after',
      '\nExample:\n  coop embed --model openai/clip-vit-base-patch16 --images cats/*.jpg --out cats.npy',
    )
    .action(
      action<[], EmbedOptions>(async (terminal, work, options) => {
        if (options.texts === undefined && options.images === undefined)
          throw new CoopError('usage', 'There is nothing to embed.', {
            next: 'Give --texts, --images or both.',
          });
        const folder = resolveModel(options.model, process.cwd());
        const opened = await shelfOn(work, options).models.open(folder, options.model);
        for (const warning of modelWarnings(opened.model)) work.onWarning?.(warning);
        const texts = options.texts === undefined ? [] : lines(await readTexts(options.texts));
        const images = options.images ?? [];
        await writeEmbeddings(options.out, {
          width: opened.model.embedWidth,
          texts,
          images,
          textEmbeds: texts.length === 0 ? null : await embedTexts(opened, texts, work),
          imageEmbeds: images.length === 0 ? null : await embedImages(opened, images, work),
        });
        terminal.note(
          `${counted(texts.length, 'text')} and ${counted(images.length, 'image')} → ${options.out}`,
        );
      }),
    );
}

async function readTexts(source: string): Promise<string> {
  return source === '-' ? readAll(process.stdin) : readFile(source, 'utf8');
}

/** A final line feed ends the last text, it does not begin an empty one. */
function lines(content: string): string[] {
  const all = content.replace(/^\ufeff/, '').split(/\r?\n/);
  if (all.at(-1) === '') all.pop();
  return all;
}
