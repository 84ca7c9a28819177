import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { encodePng } from '../src/engine/images/encode-png';
import type { LineScore } from '../src/shared/contracts/protocol';
import { shortNames } from './class-names';
import { startEngine } from './engine';
import { madeOnce } from './made-once';
import { median, seconds } from './timing';

const [CLASSES, SIDE, EDITS] = [100, 4, 9];

export interface LargeFolderFigures {
  readonly images: number;
  /** Images that the first hint is measured on. */
  readonly hintImages: number;
  /** A window that has just opened the document: model, scan and the first images' features; seconds to the first hint. */
  readonly cold: number;
  /** One edited template in a warm window, seconds to its first hint. */
  readonly warm: number;
  /** The same after everything that was known of the folder is forgotten. */
  readonly rescanned: number;
}

/** From a keystroke to the first accuracy on a folder of many images, with and without reading the folder again. */
export async function largeFolderBench(model: string, images: number): Promise<LargeFolderFigures> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-large-'));
  const env = { ...process.env, COOP_CACHE_DIR: path.join(folder, 'cache') };
  const document = path.join(folder, 'large.prompts');
  const head = `@images ${await tinyImages(images)}\n@model ${model}\n@baseline\na photo of a {}.\n`;
  writeFileSync(document, head);
  const { connection, close } = startEngine(env);
  let typed = 0;
  let hintImages = 0;
  /** Ends with the first hint; what would widen it is cancelled, as by the next keystroke. */
  const firstHint = async () => {
    typed += 1;
    const job = String(typed);
    const line = `a photo number ${typed} of a {}.`;
    const source = new CancellationTokenSource();
    const hint = new Promise<LineScore>(resolve => {
      const listener = connection.onNotification(
        'score/partial',
        (update: { readonly job: string; readonly score: LineScore }) => {
          if (update.job !== job) return;
          listener.dispose();
          resolve(update.score);
        },
      );
    });
    const params = { path: document, text: `${head}${line}\n`, lines: [line], job };
    const answer = connection.sendRequest('project/score', params, source.token);
    const failed = answer.then(
      () => hint,
      (error: unknown) => (source.token.isCancellationRequested ? hint : Promise.reject(error)),
    );
    const { result } = await Promise.race([hint, failed]);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    hintImages = result.accuracy.n;
    return () => {
      source.cancel();
      return failed;
    };
  };
  const timed = async () => {
    let stop: () => Promise<unknown> = async () => undefined;
    const time = await seconds(async () => {
      stop = await firstHint();
    });
    await stop();
    return time;
  };
  const several = async (prepare: () => Promise<unknown>, count: number) => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      await prepare();
      times.push(await timed());
    }
    return median(times);
  };
  try {
    const cold = await timed();
    const warm = await several(async () => undefined, EDITS);
    const rescanned = await several(() => connection.sendRequest('project/changed', { places: null }), 3);
    return { images, hintImages, cold, warm, rescanned };
  } finally {
    close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Small PNG files, no two alike, in class folders; made once in the temporary folder. */
function tinyImages(count: number): Promise<string> {
  return madeOnce(`tiny-${CLASSES}-${count}`, folder => {
    for (const [label, name] of shortNames(CLASSES).entries()) {
      mkdirSync(path.join(folder, name), { recursive: true });
      for (let image = label; image < count; image += CLASSES) {
        const rgb = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) =>
          i < 3 ? (image >> (8 * i)) & 255 : (i * (label + 1)) & 255,
        );
        writeFileSync(path.join(folder, name, `${image}.png`), encodePng(rgb, SIDE, SIDE));
      }
    }
  });
}
