import { readFile } from 'node:fs/promises';
import { CoopError } from '../../shared/errors';
import { decodeImage } from '../data/images/decode-image';
import { preprocess } from '../data/images/preprocess';
import { readError } from '../io/file-error';
import type { PromptRows } from '../prompt/prompt-rows';
import { unitRows } from '../score/unit-features';
import type { OpenedModel } from './opened-model';
import type { Work } from './work';

/** Images per call of the tower: enough to fill the cores, little enough to answer Ctrl-C soon. */
const BATCH = 16;

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
  const prompts = texts.map((text): PromptRows => {
    const ids = [tokenizer.sot, ...tokenizer.encode(text), tokenizer.eot];
    const kept =
      ids.length <= model.contextLength ? ids : [...ids.slice(0, model.contextLength - 1), tokenizer.eot];
    // The pooled row is the first EOT; the causal mask makes what follows it irrelevant.
    return kept.slice(0, kept.indexOf(tokenizer.eot) + 1).map(id => ({ kind: 'token', id }));
  });
  const encoder = await opened.textEncoder();
  work.signal?.throwIfAborted();
  return unitRows(await encoder.encode(prompts), model.embedWidth);
}

/**
 * Unit embeddings of image files: [images, E].
 * @throws CoopError `file.access`, `image.unreadable`, `image.tooLarge`, naming the file
 */
export async function embedImages(
  opened: OpenedModel,
  paths: readonly string[],
  work: Work = {},
): Promise<Float32Array> {
  const { model } = opened;
  const { size } = model.preprocess;
  const encoder = await opened.imageEncoder();
  const embeds = new Float32Array(paths.length * model.embedWidth);
  for (let start = 0; start < paths.length; start += BATCH) {
    work.signal?.throwIfAborted();
    const batch = paths.slice(start, start + BATCH);
    const pixels = new Uint8Array(batch.length * size * size * 3);
    for (const [at, file] of batch.entries())
      pixels.set(preprocess(await decodeFile(file), model.preprocess), at * size * size * 3);
    embeds.set(
      unitRows(await encoder.encode(pixels, batch.length), model.embedWidth),
      start * model.embedWidth,
    );
    work.onProgress?.({
      message: 'Encoding images',
      done: start + batch.length,
      total: paths.length,
      unit: 'images',
    });
  }
  return embeds;
}

async function decodeFile(file: string) {
  try {
    return await decodeImage(await readFile(file), { subject: file });
  } catch (thrown) {
    if (thrown instanceof CoopError) throw thrown;
    throw readError(thrown, file);
  }
}
