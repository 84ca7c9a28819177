import { writeFileAtomic } from '../../files/disk/atomic-file';
import { type TensorToWrite, writeSafetensors } from '../../files/tensors/write-safetensors';
import { CoopError } from '../../shared/errors';
import { npyFile } from '../io/npy';

export interface Embeddings {
  readonly width: number;
  readonly texts: readonly string[];
  readonly images: readonly string[];
  /** [texts, width], unit rows. */
  readonly textEmbeds: Float32Array | null;
  /** [images, width], unit rows. */
  readonly imageEmbeds: Float32Array | null;
}

/**
 * Writes embeddings in the format that the file's ending names.
 * @throws CoopError `usage` for another ending, or when .npy would have to hold two arrays; `file.access`, `disk.full`
 */
export async function writeEmbeddings(file: string, embeddings: Embeddings): Promise<void> {
  await writeFileAtomic(file, contentFor(file, embeddings));
}

function contentFor(file: string, embeddings: Embeddings): Uint8Array {
  const { textEmbeds, imageEmbeds, width } = embeddings;
  const matrix = (data: Float32Array) => ({ data, shape: [data.length / width, width] });
  if (file.endsWith('.safetensors')) {
    const tensors = new Map<string, TensorToWrite>();
    if (textEmbeds !== null) tensors.set('text_embeds', matrix(textEmbeds));
    if (imageEmbeds !== null) tensors.set('image_embeds', matrix(imageEmbeds));
    return writeSafetensors(tensors);
  }
  if (file.endsWith('.npy')) {
    if (textEmbeds !== null && imageEmbeds !== null) {
      throw new CoopError('usage', 'A .npy file holds one array, but both texts and images were given.', {
        next: 'Write to a .safetensors file, or embed texts and images one after the other.',
      });
    }
    const { data, shape } = matrix(textEmbeds ?? imageEmbeds ?? new Float32Array());
    return npyFile(data, shape);
  }
  if (file.endsWith('.jsonl')) return new TextEncoder().encode(jsonLines(embeddings));
  throw new CoopError('usage', `The ending of ${file} names no format.`, {
    subject: file,
    next: 'Use .safetensors, .npy or .jsonl.',
  });
}

function jsonLines({ texts, images, textEmbeds, imageEmbeds, width }: Embeddings): string {
  const row = (data: Float32Array, at: number) => [...data.subarray(at * width, (at + 1) * width)];
  return [
    ...texts.map((text, at) => JSON.stringify({ text, text_embeds: row(textEmbeds!, at) })),
    ...images.map((image, at) => JSON.stringify({ image, image_embeds: row(imageEmbeds!, at) })),
  ]
    .map(line => `${line}\n`)
    .join('');
}
