import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ModelShelf } from '../src/engine/models/shelf/opened-model';
import { ImageEncoding } from '../src/engine/task/image-encoding';
import { loadDataset } from '../src/engine/task/load-dataset';
import { openProject } from '../src/engine/task/open-project';
import { photos, type Size } from './photos';
import { median, seconds } from './timing';
import type { Torch } from './torch';

const CLASSES = 4;

/** Photos as data sets have them, and as a camera or a telephone writes them. */
export const PHOTOS = {
  small: { perClass: 64, size: [500, 375] },
  camera: { perClass: 8, size: [4000, 3000] },
} as const satisfies Record<string, { readonly perClass: number; readonly size: Size }>;

export interface ImagesFigures {
  readonly images: number;
  /** Floating-point operations of one image's products. */
  readonly flops: number;
  /** Images per second, reading and decoding included. */
  readonly firstPerSecond: number;
  /** Scan and features of the same folder again, in images per second. */
  readonly againPerSecond: number;
  readonly torchPerSecond: number | null;
  readonly torchReadyPerSecond: number | null;
}

/** A folder of photos: scanned and encoded, ours and PyTorch's in turn, then asked for again. Medians. */
export async function imagesBench(
  folder: string,
  threads: number,
  torch: Torch | null,
  rounds: number,
  { perClass, size }: (typeof PHOTOS)[keyof typeof PHOTOS],
): Promise<ImagesFigures> {
  const images = await photos(CLASSES, perClass, size);
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-bench-images-'));
  const text = `@images ${images}\n@model ${folder}\na photo of a {}.\n`;
  const project = openProject({ path: path.join(scratch, 'bench.prompts'), text });
  const opened = await new ModelShelf({ threads }).open(folder, folder);
  await opened.images.encode(new Uint8Array(224 * 224 * 3), 1);
  const count = CLASSES * perClass;
  const encode = async () => {
    const dataset = await loadDataset(project);
    const encoding = new ImageEncoding(opened, opened.model.preprocess, dataset.folder);
    const { failed } = await encoding.encode(dataset.images);
    if (dataset.images.length - failed.length !== count) throw new Error(`${failed.length} images failed`);
  };
  const files = Array.from({ length: Math.min(64, count) }, (_, i) =>
    path.join(images, `class ${i % CLASSES}`, `${Math.floor(i / CLASSES)}.jpg`),
  );
  const torchRate = async (decode: boolean) =>
    torch === null ? null : files.length / (await torch.time({ work: 'images', files, decode }));
  await torchRate(false);
  const torchReady = await torchRate(false);
  const torchDecoding: (number | null)[] = [];
  const firsts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    process.env['COOP_CACHE_DIR'] = path.join(scratch, `cache-${round}`);
    torchDecoding.push(await torchRate(true));
    firsts.push(await seconds(encode));
  }
  const again = await seconds(encode);
  rmSync(scratch, { recursive: true, force: true });
  return {
    images: count,
    flops: opened.model.images.flops(),
    firstPerSecond: count / median(firsts),
    againPerSecond: count / again,
    torchPerSecond: torch === null ? null : median(torchDecoding.map(rate => rate!)),
    torchReadyPerSecond: torchReady,
  };
}
