import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { analyse } from '../../../src/engine/jobs/analysis';
import type { AnalysisJob } from '../../../src/engine/jobs/analysis-messages';
import { probeJob } from '../../../src/engine/jobs/probe-job';
import { nearestWords } from '../../../src/engine/methods/coop/nearest-words';
import { linearProbe } from '../../../src/engine/methods/linear-probe/linear-probe';
import { classifyLinearly } from '../../../src/engine/methods/linear-probe/logistic-regression';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { startWorker } from '../../../src/engine/runtime/worker-entry';
import { CoopError } from '../../../src/shared/errors';
import { root } from '../../support/root';
import { randomNumbers } from '../support/random-text-model';

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
const [train, dev, test] = [images(12), images(30), images(30)];

describe('analysis in a thread', () => {
  async function job(): Promise<AnalysisJob> {
    const { width } = await (await openModel(modelFolder)).textTables();
    const values = Float32Array.from({ length: 2 * width }, () => next() / 20);
    const context = {
      width,
      slots: [{ length: 2, perClass: false, values }],
      classNames: [],
      template: '',
      model: '',
      modelHash: '',
      runId: '',
      createdAt: '',
    };
    const probe = { train, dev, test: test.features, classes: CLASSES };
    return { probe, words: { context, modelFolder, count: 4 } };
  }

  it('gives what the calling thread would compute, and tells how far it is', async () => {
    const asked = await job();
    const seen: number[] = [];
    const { probe, nearestWords: words } = await analyse(asked, {
      onProgress: ({ done }) => seen.push(done),
    });
    const model = await openModel(modelFolder);
    const [tables, tokenizer] = [await model.textTables(), await model.tokenizer()];
    assert.deepEqual(words, nearestWords(asked.words.context, tables, tokenizer, 4));
    const here = linearProbe(train, dev, CLASSES);
    assert.deepEqual(probe, {
      c: here.c,
      dev: classifyLinearly(here.classifier, dev.features),
      test: classifyLinearly(here.classifier, test.features),
    });
    assert.ok(seen.length > 7);
    assert.deepEqual(
      seen,
      seen.map((_, at) => at + 1),
    );
  });

  it('leaves the probe out where it is told to', async () => {
    assert.equal((await analyse({ ...(await job()), probe: null })).probe, null);
    const none = { features: Float32Array.of(), labels: Int32Array.of() };
    assert.match(JSON.stringify(probeJob(train, none, test.features, CLASSES)), /"leftOut":"no dev image/);
    const many = 3_000_000;
    assert.deepEqual(probeJob(train, dev, test.features, many), {
      leftOut: 'to fit it to 12 images of 3,000,000 classes would take longer than the rest of the report',
    });
    assert.deepEqual(probeJob(train, dev, test.features, CLASSES), (await job()).probe);
  });

  it('ends its thread when it is cancelled', async () => {
    const stop = new AbortController();
    let exited: Promise<unknown[]> | undefined;
    const start = (workerData: AnalysisJob) => {
      const worker = startWorker('jobs/analysis-worker', { workerData });
      exited = once(worker, 'exit');
      return worker;
    };
    const large = images(3000);
    const probe = { train: large, dev, test: test.features, classes: CLASSES };
    const running = analyse(
      { ...(await job()), probe },
      { signal: stop.signal, onProgress: () => stop.abort() },
      start,
    );
    await assert.rejects(running, { name: 'AbortError' });
    // A thread that had gone on to its end would have ended with 0.
    assert.deepEqual(await exited, [1]);
    await assert.rejects(analyse(await job(), { signal: stop.signal }), { name: 'AbortError' });
  });

  it('passes errors on with their code, and names a thread that died', async () => {
    const { words, probe } = await job();
    const gone = { probe, words: { ...words, modelFolder: path.join(modelFolder, 'gone') } };
    const code = (wanted: string) => (error: unknown) => error instanceof CoopError && error.code === wanted;
    await assert.rejects(analyse(gone), code('model.missing'));
    const dying = (source: string) => () => new Worker(source, { eval: true });
    await assert.rejects(analyse(gone, {}, dying('process.exit(3)')), code('engine.crashed'));
    await assert.rejects(analyse(gone, {}, dying('throw new Error("no memory")')), /no memory/);
  });
});
