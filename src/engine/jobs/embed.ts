import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readError } from '../../files/disk/file-error';
import { CoopError } from '../../shared/errors';
import type { ImageToEncode } from '../features/encode-images';
import { unreadable } from '../images/decoded-image';
import { inspectFile } from '../images/inspect-file';
import type { PreprocessSpec } from '../images/preprocess';
import { unitRows } from '../measure/unit-features';
import type { OpenedModel } from '../models/shelf/opened-model';
import { textRows } from '../prompt/text-rows';
import { ImageEncoding } from '../task/image-encoding';
import type { Work } from '../task/work';

/**
 * Unit embeddings of texts: [texts, E]. Texts over the context length are cut to it with EOT last, as CLIP's
 * `tokenize(truncate=True)` does.
 */
export async function embedTexts(
  opened: OpenedModel,
  texts: readonly string[],
  work: Work = {},
): Promise<Float32Array> {
  const { tokenizer, model } = opened;
  const prompts = texts.map(text => textRows(tokenizer.encode(text), tokenizer, model.contextLength));
  work.signal?.throwIfAborted();
  return unitRows(await opened.texts.encode(prompts), model.embedWidth);
}

/**
 * Unit embeddings of image files, from the feature cache where it has them: [images, E].
 * @param spec how images are prepared; default: as the model's own files say
 * @throws CoopError `file.access`, `image.unreadable`, `image.tooLarge`, naming the first such file
 */
export async function embedImages(
  opened: OpenedModel,
  paths: readonly string[],
  work: Work = {},
  spec: PreprocessSpec = opened.model.preprocess,
): Promise<Float32Array> {
  const images: ImageToEncode[] = [];
  for (const file of paths) {
    work.signal?.throwIfAborted();
    images.push({ path: path.resolve(file), hash: await hashOf(file) });
  }
  const { features, failed } = await new ImageEncoding(opened, spec, '').encode(images, work);
  const [first] = failed;
  if (first !== undefined) throw first.error;
  return unitRows(features, opened.model.embedWidth);
}

async function hashOf(file: string): Promise<string> {
  const { size } = await stat(file).catch((thrown: unknown) => {
    throw readError(thrown, file);
  });
  const inspected = await inspectFile(file, size);
  if (!('problem' in inspected)) return inspected.hash;
  const { reason, detail } = inspected.problem;
  throw reason === 'too-large'
    ? new CoopError('image.tooLarge', `${file} is too large: ${detail}.`, {
        next: 'Leave it out or make it smaller.',
      })
    : unreadable(file, detail);
}
