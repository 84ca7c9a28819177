import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePng } from '../src/engine/images/encode-png';
import type { ScoreResult } from '../src/shared/contracts/protocol';
import type { RunState } from '../src/shared/contracts/run';
import { shortNames } from './class-names';
import { COMMAND, startEngine } from './engine';
import { median, seconds } from './timing';

const [CLASSES, IMAGES, SIDE] = [100, 12, 32];
const ADJECTIVES = ['old', 'new', 'small', 'large', 'bad', 'good', 'clean', 'dirty', 'dark'];

export interface TypingFigures {
  /** From a request with one edited template to its accuracy, in the engine of a window. */
  readonly alone: number;
  readonly whileTraining: number;
  /** Steps a second of the training, with nobody typing and meanwhile. */
  readonly stepsAlone: number;
  readonly stepsMeanwhile: number;
}

/** One template after the other is edited and scored, first alone, then while a training of the same model runs. */
export async function typingBench(model: string): Promise<TypingFigures> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-typing-'));
  const env = { ...process.env, COOP_CACHE_DIR: path.join(os.tmpdir(), 'coop-bench', 'typing-cache') };
  const document = path.join(folder, 'typing.prompts');
  const head = `@images ./images\n@model ${model}\n@split shots 4 seed 1\n@baseline\na photo of a {}.\n`;
  writeFileSync(document, `${head}[V:16] {}.\n`);
  writeImages(path.join(folder, 'images'));
  const { connection, close } = startEngine(env);
  let typed = 0;
  const edit = async () => {
    const line = `a ${ADJECTIVES[typed % ADJECTIVES.length]} photo number ${typed} of a {}.`;
    typed += 1;
    const text = `${head}${line}\n`;
    const params = { path: document, text, lines: [line], job: String(typed) };
    const { scores } = await connection.sendRequest<ScoreResult>('project/score', params);
    if (scores[0]?.result.ok !== true) throw new Error(JSON.stringify(scores));
  };
  const edits = async () => {
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      times.push(await seconds(edit));
      await sleep(150);
    }
    return median(times);
  };
  try {
    await edit();
    const alone = await edits();
    const learn = [
      COMMAND,
      'learn',
      document,
      '--detach',
      '--fresh',
      '--device',
      'cpu',
      '--epochs',
      '400',
      '--json',
    ];
    const started = spawnSync(process.execPath, learn, { env, encoding: 'utf8' });
    if (started.status !== 0) throw new Error(started.stderr);
    const { directory } = JSON.parse(started.stdout) as { directory: string };
    const state = () => JSON.parse(readFileSync(path.join(directory, 'state.json'), 'utf8')) as RunState;
    while (!existsSync(path.join(directory, 'state.json')) || state().step < 5) await sleep(200);
    const speed = async (work: () => Promise<unknown>) => {
      const [from, at] = [state().step, performance.now()];
      await work();
      return (1000 * (state().step - from)) / (performance.now() - at);
    };
    const stepsAlone = await speed(() => sleep(8000));
    let whileTraining = 0;
    const stepsMeanwhile = await speed(async () => {
      whileTraining = await edits();
    });
    await connection.sendRequest('run/stop', { directory });
    return { alone, whileTraining, stepsAlone, stepsMeanwhile };
  } finally {
    close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeImages(folder: string): void {
  for (const [label, name] of shortNames(CLASSES).entries()) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (let image = 0; image < IMAGES; image++) {
      const rgb = Uint8Array.from(
        { length: 3 * SIDE * SIDE },
        (_, i) => (i * (label + 1) + 37 * image) & 255,
      );
      writeFileSync(path.join(folder, name, `${image}.png`), encodePng(rgb, SIDE, SIDE));
    }
  }
}
