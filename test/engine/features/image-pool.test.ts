import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import {
  createImagePool,
  type ImagePool,
  type ImagePoolOptions,
} from '../../../src/engine/features/image-pool';
import { CODEC_FILES } from '../../../src/engine/images/codec-files';
import { decodeImage } from '../../../src/engine/images/decode-image';
import type { PreprocessSpec } from '../../../src/engine/images/preprocess';
import { CoopError } from '../../../src/shared/errors';

const GOLDEN = path.resolve('test/fixtures/golden/preprocess');
const SPEC: PreprocessSpec = {
  size: 64,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  interpolation: 'bicubic',
  resize: { shortest: 64 },
  crop: 'half-even',
  exif: false,
};
const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const jobOf = (file: string) => ({ file, subject: path.basename(file), hash: hashOf(file), spec: SPEC });
/** One of each codec: own decoder, and both WebAssembly ones. */
const SOURCES = ['odd.png', 'landscape.jpg', 'lossy.webp', 'anim.gif', 'bmp24.bmp', 'lzw.tiff'].map(name =>
  path.join(GOLDEN, 'src', name),
);

async function expectedOf(file: string): Promise<Uint8Array> {
  const crop = path.join(GOLDEN, 'expected', `${path.basename(file).replace('.', '_')}.64.png`);
  assert.ok(existsSync(crop), crop);
  return (await decodeImage(readFileSync(crop))).rgb;
}

describe('image pool', () => {
  let folder = '';
  let pool: ImagePool | undefined;
  const poolOf = (options: ImagePoolOptions): ImagePool => {
    pool = createImagePool(options);
    return pool;
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-pool-'));
  });
  afterEach(async () => {
    await pool?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives Pillow’s and torchvision’s pixels from all threads', async () => {
    const threads = poolOf({ size: 2 });
    const pixels = await Promise.all([...SOURCES, ...SOURCES].map(file => threads.load(jobOf(file))));
    assert.equal(threads.threads, 2);
    for (const [at, file] of [...SOURCES, ...SOURCES].entries())
      assert.equal(Buffer.compare(pixels[at]!, await expectedOf(file)), 0, file);
  });

  it('turns by EXIF when asked', async () => {
    const job = jobOf(path.join(GOLDEN, 'src/exif6.jpg'));
    const threads = poolOf({ size: 1 });
    const [stored, upright] = await Promise.all([
      threads.load(job),
      threads.load({ ...job, spec: { ...SPEC, exif: true } }),
    ]);
    assert.notDeepEqual(upright, stored);
  });

  it('rejects what cannot be read and goes on', async () => {
    const threads = poolOf({ size: 1 });
    const good = SOURCES[0]!;
    const broken = path.join(folder, 'broken.jpg');
    writeFileSync(broken, readFileSync(SOURCES[1]!).subarray(0, 2000));
    const refused = (code: string, message: RegExp) => (error: unknown) =>
      error instanceof CoopError && error.code === code && message.test(error.message);
    const [, , , pixels] = await Promise.all([
      assert.rejects(threads.load(jobOf(broken)), refused('image.unreadable', /^broken\.jpg cannot be read/)),
      assert.rejects(
        threads.load({ ...jobOf(good), file: path.join(folder, 'gone.png') }),
        refused('file.access', /^odd\.png cannot be read: it does not exist/),
      ),
      assert.rejects(
        threads.load({ ...jobOf(good), hash: 'f'.repeat(64) }),
        refused('image.unreadable', /odd\.png .* changed after/),
      ),
      threads.load(jobOf(good)),
    ]);
    assert.equal(pixels.length, 64 * 64 * 3);
  });

  it('blames the image whose decoding ended a thread, and replaces the thread', async () => {
    const crashing = `
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ job }) => {
        if (job.subject === 'bad') process.exit(7);
        parentPort.postMessage({ type: 'pixels', pixels: new Uint8Array(3) });
      });
      parentPort.postMessage({ type: 'ready' });`;
    const threads = poolOf({ size: 1, start: () => new Worker(crashing, { eval: true }) });
    const job = jobOf(SOURCES[0]!);
    const results = await Promise.allSettled(
      ['a', 'bad', 'b', 'bad', 'c'].map(subject => threads.load({ ...job, subject })),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    );
    assert.match(String((results[1] as PromiseRejectedResult).reason), /bad cannot be read: .* code 7/);
  });

  it('decodes large images one after the other where they would not fit together, small ones meanwhile', async () => {
    const counting = `
      const { parentPort, workerData } = require('node:worker_threads');
      const log = text => workerData.port.postMessage({ at: Atomics.add(workerData.clock, 0, 1), text });
      let name = '';
      parentPort.on('message', message => {
        if (message.type === 'job') name = message.job.subject;
        if (message.type === 'job' && name.startsWith('large'))
          return parentPort.postMessage({ type: 'large', pixels: Number(name.split(' ')[1]) * 1e6 });
        log('+' + name);
        setTimeout(() => {
          log('-' + name);
          parentPort.postMessage({ type: 'pixels', pixels: new Uint8Array(3) });
        }, 30);
      });
      parentPort.postMessage({ type: 'ready' });`;
    const log: { readonly at: number; readonly text: string }[] = [];
    // Messages of several threads may arrive in another order than they were sent.
    const clock = new Int32Array(new SharedArrayBuffer(4));
    const channels: MessageChannel[] = [];
    const start = () => {
      const channel = new MessageChannel();
      channels.push(channel);
      channel.port1.on('message', (entry: { readonly at: number; readonly text: string }) => log.push(entry));
      return new Worker(counting, {
        eval: true,
        workerData: { port: channel.port2, clock },
        transferList: [channel.port2],
      });
    };
    const threads = poolOf({ size: 4, start });
    const subjects = [
      'large 150',
      'large 60',
      'small',
      'large 40',
      'large 100',
      'large 20',
      'small',
      'large 200',
    ];
    await Promise.all(subjects.map(subject => threads.load({ ...jobOf(SOURCES[0]!), subject })));
    while (log.length < 2 * subjects.length) await new Promise(resolve => setTimeout(resolve, 5));
    for (const channel of channels) channel.port1.close();
    let [sum, most] = [0, 0];
    for (const entry of log.sort((a, b) => a.at - b.at).map(({ text }) => text)) {
      const pixels = Number(entry.split(' ')[1] ?? 0);
      sum += entry.startsWith('+') ? pixels : -pixels;
      most = Math.max(most, sum);
      assert.ok(sum <= 200, log.map(({ text }) => text).join(', '));
    }
    assert.equal(log.length, 2 * subjects.length);
    assert.equal(sum, 0);
    assert.equal(most, 200);
  });

  it('decodes an image that is large by its header', async () => {
    const side = 3600;
    const raw = Buffer.alloc(54);
    raw.write('BM');
    raw.writeUInt32LE(54, 10);
    raw.writeUInt32LE(40, 14);
    raw.writeInt32LE(side, 18);
    raw.writeInt32LE(side, 22);
    raw.writeUInt16LE(1, 26);
    raw.writeUInt16LE(24, 28);
    const file = path.join(folder, 'large.bmp');
    writeFileSync(file, Buffer.concat([raw, Buffer.alloc(side * side * 3, 0x7f)]));
    const pixels = await poolOf({ size: 1 }).load(jobOf(file));
    assert.deepEqual(pixels, new Uint8Array(64 * 64 * 3).fill(0x7f));
  });

  it('decodes on the calling thread where no thread can start', async () => {
    for (const start of [
      () => new Worker(path.join(folder, 'missing.js')),
      () => {
        throw new Error('no threads');
      },
    ]) {
      const threads = poolOf({ size: 3, start });
      const pixels = await Promise.all(SOURCES.slice(0, 3).map(file => threads.load(jobOf(file))));
      for (const [at, image] of pixels.entries()) assert.deepEqual(image, await expectedOf(SOURCES[at]!));
      assert.equal(threads.threads, 0);
    }
  });

  it('warns of no leak, however many jobs hang on one signal', async () => {
    const threads = poolOf({ size: 1 });
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listen);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, () => threads.load(jobOf(SOURCES[0]!), signal)));
    await sleep(0);
    process.off('warning', listen);
    assert.deepEqual(warnings, []);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('forgets cancelled jobs, ends idle threads, and starts again', async () => {
    const threads = poolOf({ size: 1, idleMilliseconds: 50 });
    const stop = new AbortController();
    const job = jobOf(SOURCES[0]!);
    const waiting = Array.from({ length: 50 }, () => threads.load(job, stop.signal));
    const kept = threads.load(job);
    stop.abort();
    for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected');
    await assert.rejects(threads.load(job, stop.signal), { name: 'AbortError' });
    await kept;
    while (threads.threads > 0) await sleep(20);
    assert.equal((await threads.load(job)).length, 64 * 64 * 3);
    const open = threads.load(job);
    await Promise.all([assert.rejects(open, { name: 'AbortError' }), threads.close()]);
    assert.equal(threads.threads, 0);
  });

  it('runs from a bundle with its codecs beside it, and lets the process end', async () => {
    const main = path.join(folder, 'main.ts');
    const pools = path.resolve('src/engine/features/image-pool');
    writeFileSync(
      main,
      `import { imagePool } from ${JSON.stringify(pools)};
       const jobs = JSON.parse(process.argv[2]);
       Promise.all(jobs.map(job => imagePool.load(job))).then(pixels => {
         console.log(imagePool.threads, pixels.map(image => Buffer.from(image).toString('base64')).join(' '));
       });`,
    );
    await build({
      entryPoints: { main, 'decode-worker': 'src/engine/images/decode-worker.ts' },
      outdir: path.join(folder, 'dist'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      logLevel: 'error',
    });
    mkdirSync(path.join(folder, 'dist/codecs'));
    for (const [name, source] of Object.entries(CODEC_FILES))
      copyFileSync(
        createRequire(path.resolve('package.json')).resolve(source),
        path.join(folder, 'dist/codecs', name),
      );
    const ended = spawnSync(
      process.execPath,
      [path.join(folder, 'dist/main.js'), JSON.stringify(SOURCES.slice(0, 3).map(jobOf))],
      { encoding: 'utf8', cwd: folder },
    );
    assert.equal(ended.stderr, '');
    const [threads, ...pixels] = ended.stdout.trim().split(' ');
    assert.ok(Number(threads) >= 1);
    for (const [at, text] of pixels.entries())
      assert.equal(Buffer.compare(Buffer.from(text, 'base64'), await expectedOf(SOURCES[at]!)), 0);
    assert.equal(pixels.length, 3);
  });
});
