import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { nearestWords } from '../../../src/engine/methods/coop/nearest-words';
import { wordsOfContext } from '../../../src/engine/methods/coop/words-of-context';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { inThread } from '../../../src/engine/runtime/in-thread';
import { CoopError } from '../../../src/shared/errors';
import { root } from '../../support/root';
import { randomNumbers } from '../support/random-text-model';

const modelFolder = path.join(root, 'media/sample/icon-clip');
const code = (wanted: string) => (error: unknown) => error instanceof CoopError && error.code === wanted;

describe('work in a thread', () => {
  it('gives what the calling thread would compute, and passes errors on with their code', async () => {
    const model = await openModel(modelFolder);
    const [tables, tokenizer] = [await model.textTables(), await model.tokenizer()];
    const next = randomNumbers(11);
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

  it('ends with its caller’s cancellation', async () => {
    const stop = new AbortController();
    let exited: Promise<unknown[]> | undefined;
    const start = () => {
      const worker = new Worker('for (;;);', { eval: true });
      exited = once(worker, 'exit');
      worker.once('online', () => stop.abort());
      return worker;
    };
    const running = inThread('none', null, { what: 'The loop', signal: stop.signal }, start);
    await assert.rejects(running, { name: 'AbortError' });
    // A thread that had gone on to its end would have ended with 0.
    assert.deepEqual(await exited, [1]);
    const late = inThread('none', null, { what: 'The loop', signal: stop.signal }, () => assert.fail());
    await assert.rejects(late, { name: 'AbortError' });
  });

  it('names a thread that died', async () => {
    const dying = (source: string) =>
      inThread('none', null, { what: 'The search' }, () => new Worker(source, { eval: true }));
    await assert.rejects(dying('process.exit(3)'), code('engine.crashed'));
    await assert.rejects(dying('throw new Error("no memory")'), /The search did not end: no memory/);
  });
});
