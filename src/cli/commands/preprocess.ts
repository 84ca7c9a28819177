import type { Command } from 'commander';
import { decodeImage } from '../../engine/images/decode-image';
import { encodePng } from '../../engine/images/encode-png';
import { MAX_FILE_BYTES } from '../../engine/images/inspect-file';
import { preprocess } from '../../engine/images/preprocess';
import { resolveModel } from '../../engine/models/hub/resolve-model';
import { openModel } from '../../engine/models/shelf/open-model';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { readBoundedFile } from '../../files/disk/read-bounded-file';
import { action, type CommonOptions } from '../console/command';

interface PreprocessOptions extends CommonOptions {
  readonly model: string;
  readonly out: string;
  readonly exif?: boolean;
}

export function addPreprocess(program: Command): void {
  program
    .command('preprocess')
    .description('what the model sees of an image: resized and cropped, before normalisation, as a PNG file')
    .argument('<image>', 'image file')
    .requiredOption('--model <model>', 'as after @model: a folder, a weights file or a name')
    .requiredOption('--out <file>', 'PNG file to write')
    .option('--exif', 'turn the image by its EXIF orientation first, as “@preprocess exif” does')
    .addHelpText(
      'after',
      '\nExample:\n  coop preprocess cat.jpg --model openai/clip-vit-base-patch16 --out seen.png',
    )
    .action(
      action<[string], PreprocessOptions>(async (terminal, _work, image, options) => {
        const { preprocess: spec } = await openModel(
          resolveModel(options.model, process.cwd()),
          options.model,
        );
        const bytes = await readBoundedFile(image, MAX_FILE_BYTES);
        const decoded = await decodeImage(bytes, { subject: image });
        const pixels = preprocess(decoded, { ...spec, exif: options.exif === true });
        await writeFileAtomic(options.out, encodePng(pixels, spec.size, spec.size));
        terminal.note(`${decoded.width} × ${decoded.height} → ${spec.size} × ${spec.size}: ${options.out}`);
      }),
    );
}
