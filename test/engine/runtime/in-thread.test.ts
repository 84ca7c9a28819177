import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { nearestWords } from '../../../../src/engine/methods/coop/nearest-words';
import { wordsOfContext } from '../../../../src/engine/methods/coop/words-of-context';
import { fitProbe, type ProbeJob } from '../../../../src/engine/methods/linear-probe/fit-probe';
import { linearProbe } from '../../../../src/engine/methods/linear-probe/linear-probe';
import { openModel } from '../../../../src/engine/models/shelf/open-model';
import { startWorker } from '../../../../src/engine/runtime/worker-entry';
import { CoopError } from '../../../../src/shared/errors';
import { root } from '../../../support/root';
import { randomNumbers } from '../../support/random-text-model';

const modelFolder = path.join(root, 'media/sample/icon-clip');
const CLASSES = 3;
const WIDTH = 6;

const next = randomNumbers(11);
const images = (n: number) => {
  const labels = Int32Array.from({ length: n }, (_, i) => i % CLASSES);
  const features = Float32Array.from(
    { length: n * WIDTH },
    (_, at) => next() + Number(at % WIDTH === labels[Math.floor(at / WIDTH)]),
  );
  return { labels, features };
};
const job: ProbeJob = { train: images(12), validation: images(30), classes: CLASSES };
const code = (wanted: string) => (error: unknown) => error instanceof CoopError && error.code === wanted;

describe('work in a thread', () => {
  it('gives what the calling thread would compute, and tells how far it is', async () => {
    const seen: number[] = [];
    const found = await fitProbe(job, { onProgress: ({ done }) => seen.push(done) });
    const here = linearProbe(job.train, job.validation, CLASSES);
    assert.deepEqual(found, here);
    assert.ok(seen.length > 7);
    assert.deepEqual(
      seen,
      seen.map((_, at) => at + 1),
    );
  });

  it('ends with its caller’s cancellation', async () => {
    const stop = new AbortController();
    let exited: Promise<unknown[]> | undefined;
    const start = (workerData: ProbeJob) => {
      const worker = startWorker('methods/linear-probe/fit-probe-worker', { workerData });
      exited = once(worker, 'exit');
      return worker;
    };
    const running = fitProbe(
      { ...job, train: images(3000) },
      { signal: stop.signal, onProgress: () => stop.abort() },
      start,
    );
    await assert.rejects(running, { name: 'AbortError' });
    // A thread that had gone on to its end would have ended with 0.
    assert.deepEqual(await exited, [1]);
    await assert.rejects(fitProbe(job, { signal: stop.signal }), { name: 'AbortError' });
  });

  it('names a thread that died', async () => {
    const dying = (source: string) => () => new Worker(source, { eval: true });
    await assert.rejects(fitProbe(job, {}, dying('process.exit(3)')), code('engine.crashed'));
    await assert.rejects(fitProbe(job, {}, dying('throw new Error("no memory")')), /no memory/);
  });

  it('finds a context’s nearest words, and passes errors on with their code', async () => {
    const model = await openModel(modelFolder);
    const [tables, tokenizer] = [await model.textTables(), await model.tokenizer()];
    const values = Float32Array.from({ length: 2 * tables.width }, () => next() / 20);
    const context = {
      width: tables.width,
      slots: [{ length: 2, perClass: false, values }],
      classNames: [],
      template: '',
      model: '',
      modelHash: '',
      runId: '',
      createdAt: '',
    };
    const words = await wordsOfContext({ context, modelFolder, count: 4 });
    assert.deepEqual(words, nearestWords(context, tables, tokenizer, 4));
    const gone = { context, modelFolder: path.join(modelFolder, 'gone'), count: 4 };
    await assert.rejects(wordsOfContext(gone), code('model.missing'));
  });
});
