import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createImageEncoder } from '../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../src/engine/models/encoders/text-encoder';
import { openModel } from '../src/engine/models/shelf/open-model';
import { median, seconds } from './timing';

export interface OpenFigures {
  /** Model opened, tables read and both towers' sessions made. */
  readonly seconds: number;
  readonly readSeconds: number;
}

const ROUNDS = 3;

/** From a folder to two sessions ready to run, beside reading the weights' file once; the file is in memory for both. */
export async function openBench(folder: string, threads: number): Promise<OpenFigures> {
  const file = path.join(folder, 'model.safetensors');
  const [read, opened]: [number[], number[]] = [[], []];
  await readFile(file);
  for (let round = 0; round < ROUNDS; round++) {
    read.push(await seconds(() => readFile(file)));
    const sessions: { release(): Promise<void> }[] = [];
    opened.push(
      await seconds(async () => {
        const model = await openModel(folder);
        sessions.push(
          await createTextEncoder(model, { threads }),
          await createImageEncoder(model, { threads }),
        );
      }),
    );
    for (const session of sessions) await session.release();
  }
  return { readSeconds: median(read), seconds: median(opened) };
}
