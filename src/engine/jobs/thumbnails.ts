import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { cacheFolder } from '../../files/disk/cache-folder';
import { readBoundedFile } from '../../files/disk/read-bounded-file';
import { decodeImage } from '../images/decode-image';
import { encodePng } from '../images/encode-png';
import { MAX_FILE_BYTES } from '../images/inspect-file';
import { resize } from '../images/resize';

/**
 * Small PNG pictures of images, in the cache folder, named by content. The image keeps its aspect.
 * @param size longest side in pixels
 * @returns absolute paths in the order of `paths`; null for an image that cannot be read (any more) or lies outside
 */
export async function thumbnails(
  folder: string,
  paths: readonly string[],
  size: number,
  signal?: AbortSignal,
): Promise<(string | null)[]> {
  const target = path.join(cacheFolder(), 'thumbnails');
  await mkdir(target, { recursive: true });
  const made: (string | null)[] = [];
  for (const image of paths) {
    signal?.throwIfAborted();
    made.push(await thumbnail(folder, image, size, target).catch(() => null));
  }
  return made;
}

/** @throws CoopError `image.unreadable`, `image.tooLarge` */
async function thumbnailPng(bytes: Uint8Array, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const image = await decodeImage(bytes);
  const scale = Math.min(1, size / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const window = { left: 0, top: 0, width, height };
  return encodePng(resize(image, { width, height, window, interpolation: 'bicubic' }), width, height);
}

async function thumbnail(
  folder: string,
  image: string,
  size: number,
  target: string,
): Promise<string | null> {
  const file = path.resolve(folder, image);
  const inside = path.relative(await realpath(folder), await realpath(file));
  if (inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)) return null;
  const bytes = await readBoundedFile(file, MAX_FILE_BYTES);
  const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 40)}-${size}.png`;
  const made = path.join(target, name);
  if (!existsSync(made)) await writeFileAtomic(made, await thumbnailPng(bytes, size));
  return made;
}
