import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CancellationTokenSource, ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { readRun } from '../../src/files/runs/read-run';
import type { EngineNotifications } from '../../src/shared/contracts/protocol';
import { isGoing } from '../../src/shared/contracts/run-status';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { sampleProject } from './support/sample-project';
import { Engine, errorOf } from './support/serve';

/** What the extension asks of `coop serve`, without a window. */
describe('coop serve', () => {
  let folder: string;
  let engine: Engine;
  const head = '@images ./images/groups\n@model icon-clip\n';
  const document = (text: string) => ({ path: path.join(folder, 'demo.prompts'), text });
  const progress: EngineNotifications['engine/progress'][] = [];
  const partials: EngineNotifications['score/partial'][] = [];
  const ofJob = <T extends { readonly job: string }>(all: readonly T[], job: string) =>
    all.filter(each => each.job === job);

  before(() => {
    const command = buildCommand();
    folder = sampleProject();
    engine = new Engine(command, folder);
    engine.on('engine/progress', update => progress.push(update));
    engine.on('score/partial', update => partials.push(update));
  });
  after(() => {
    engine.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says hello: who it is, and where its cache lies', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.deepEqual(await engine.request('engine/hello', {}), {
      version,
      runtime: `Node ${process.versions.node}`,
      cacheFolder: path.join(folder, 'cache'),
    });
  });

  it('scans the images of a document, telling how far it is', async () => {
    const result = await engine.request('project/scan', { ...document(`${head}a {}.\n`), job: 'scan' });
    assert.equal(result.imageCount, 855);
    assert.equal(result.classes.length, 8);
    const told = ofJob(progress, 'scan');
    assert.ok(told.length > 0);
    for (const { done, total } of told) assert.ok(done <= (total ?? Number.POSITIVE_INFINITY));
  });

  it('scores lines: on some images first, then on all, each number as soon as it is known', async () => {
    const lines = ['a photo of a {}.', 'a flat emoji of a {}.'];
    const text = `${head}@split 20/50/30 seed 1\n@baseline\n${lines.join('\n')}\n`;
    const result = await engine.request('project/score', { ...document(text), lines, job: 'score' });
    const scored = ofJob(partials, 'score').map(({ score }) => score);
    assert.deepEqual(
      scored.map(({ line, result: { ok } }) => ({ line, ok })),
      [...lines, ...lines].map(line => ({ line, ok: true })),
    );
    const numbers = scored.map(({ result: score }) => (score.ok ? [score.accuracy.n, score.complete] : null));
    const { images } = result;
    assert.ok(images > 400, String(images));
    assert.deepEqual(numbers, [
      [200, false],
      [200, false],
      [images, true],
      [images, true],
    ]);
    assert.deepEqual(result.scores, scored.slice(2));
    assert.ok(result.scores.every(({ fingerprint }) => fingerprint === result.fingerprint));
  });

  it('answers a line that cannot be scored by its error, and the others by their numbers', async () => {
    const lines = ['a photo of a {}.', '<nobody> {}.'];
    const { scores } = await engine.request('project/score', {
      ...document(`${head}${lines.join('\n')}\n`),
      lines,
      job: 'lines',
    });
    assert.deepEqual(
      scores.map(({ line, result }) => [line, result.ok ? 'scored' : result.error.code]),
      [
        [lines[0], 'scored'],
        [lines[1], 'context.missing'],
      ],
    );
  });

  it('stops working on a cancelled request, and answers the next', async () => {
    const many = Array.from({ length: 400 }, (_, i) => `picture ${i} of a {}, seen on day ${i}.`);
    const source = new CancellationTokenSource();
    const params = { ...document(`${head}${many.join('\n')}\n`), lines: many, job: 'cancelled' };
    const answer = engine.request('project/score', params, source.token);
    engine.on('score/partial', update => {
      partials.push(update);
      if (update.job === 'cancelled') source.cancel();
    });
    assert.equal((await errorOf(answer)).code, 'cancelled');
    const scored = ofJob(partials, 'cancelled').length;
    assert.ok(scored >= 1 && scored < many.length, `${scored} lines`);
    const lines = ['a {}.'];
    const next = { ...document(`${head}a {}.\n`), lines, job: 'next' };
    assert.equal((await engine.request('project/score', next)).scores.length, 1);
  });

  it('plans a run before anything of it is written', async () => {
    const plan = await engine.request('run/plan', {
      ...document(`${head}@baseline\na photo of a {}.\n[V:4] {}.\n`),
      line: '[V:4] {}.',
      recipe: { shots: 2, epochs: 3 },
    });
    assert.equal(plan.template, '[V:4] {}.');
    assert.equal(plan.baseline, 'a photo of a {}.');
    assert.equal(plan.device, 'cpu');
    assert.deepEqual([plan.recipe.shots, 'epochs' in plan.recipe && plan.recipe.epochs], [2, 3]);
    assert.ok(plan.estimateSeconds > 0 && Number.isFinite(plan.estimateSeconds));
    assert.equal(existsSync(path.join(folder, '.coop')), false);
  });

  it('fails with a code, a sentence that names the thing, and what to do next', async () => {
    const score = (text: string) =>
      errorOf(engine.request('project/score', { ...document(text), lines: ['a {}.'], job: 'failing' }));
    const noModel = await score('@images ./images/groups\n@model nobody/nothing\na {}.\n');
    assert.equal(noModel.code, 'model.missing');
    assert.match(noModel.message, /nobody\/nothing/);
    assert.ok((noModel.next ?? '') !== '');
    assert.equal((await score('@images ./nowhere\n@model icon-clip\na {}.\n')).code, 'images.folder');
    const gone = path.join(folder, '.coop', 'runs', 'gone');
    for (const method of ['run/storeContext', 'run/stop', 'run/resume'] as const)
      assert.equal((await errorOf(engine.request(method, { directory: gone }))).code, 'run.missing', method);
    await assert.rejects(
      engine.unknown('engine/nothing'),
      (thrown: unknown) => thrown instanceof ResponseError && thrown.code === ErrorCodes.MethodNotFound,
    );
  });

  it('starts a run in a process of its own, and stops it when it is asked to', async () => {
    const { directory } = await engine.request('run/start', {
      ...document(`${head}@baseline\na photo of a {}.\n[V:4] {}.\n`),
      line: '[V:4] {}.',
      recipe: { shots: 2, epochs: 20_000 },
    });
    assert.equal(path.dirname(directory), path.join(folder, '.coop', 'runs'));
    const { state } = await readRun(directory);
    assert.ok(isGoing(state.phase), state.phase);
    assert.equal((await engine.request('run/stop', { directory })).phase, 'stopped');
    assert.equal((await readRun(directory)).status, 'stopped');
  });

  it('ends when its input does', async () => {
    engine.close();
    assert.equal(await engine.ended, 0);
  });
});
