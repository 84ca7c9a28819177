import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { openInputs } from '../../../src/engine/jobs/open-run';
import { runToBe } from '../../../src/engine/jobs/prepare-run';
import { scoreLines } from '../../../src/engine/jobs/score-lines';
import { readProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import type { RunRequest } from '../../../src/shared/contracts/protocol';
import { useOwnCache } from '../../support/own-cache';
import { root } from '../../support/root';
import { ModelCopy } from '../support/model-copy';
import { randomNumbers } from '../support/random-text-model';

const LINES = ['a photo of a {}.', 'a flat emoji of a {}.', 'a drawing of a {}.'];

describe('numbers of two precisions', () => {
  let folder: string;
  const whole = new TaskShelf();
  const half = new TaskShelf({ precision: 'float16' });
  const project = () => readProject(path.join(folder, 'demo.prompts'));

  const copy = new ModelCopy();

  before(async () => {
    folder = copy.folder;
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
    // The sample's weights are stored as float16, which rounding would leave alone.
    const next = randomNumbers(1);
    await copy.rewrite('icon-clip/open_clip_model.safetensors', (name, { shape, f64 }) => [
      [name, { shape, data: Float32Array.from(f64, value => value * (1 + next() / 1024)) }],
    ]);
  });
  useOwnCache(() => folder);
  after(() => {
    copy.remove();
  });

  it('are of the same accuracy on the sample’s images, and no feature of one serves the other', async () => {
    const kept = () => readdirSync(path.join(folder, 'cache', 'features')).length;
    const score = async (shelf: TaskShelf) =>
      (await scoreLines({ project: await project(), lines: LINES, shelf, part: 'dev' })).scores.map(
        ({ line, result }) => [line, result.ok && result.accuracy.value],
      );
    const exact = await score(whole);
    const folders = kept();
    assert.deepEqual(await score(half), exact);
    assert.equal(kept(), folders * 2);
    const [a, b] = [await whole.open(await project()), await half.open(await project())];
    assert.notEqual(a.fingerprint, b.fingerprint);
    assert.equal(a.opened.hash, b.opened.hash);
  });

  it('are two runs, and a run is read again as it was learned', async () => {
    const request: RunRequest = { line: '[V:4] {}.', recipe: {} };
    const [a, b] = [
      await runToBe(await project(), request, whole),
      await runToBe(await project(), request, half),
    ];
    assert.notEqual(a.key, b.key);
    assert.equal(a.inputs.precision, undefined);
    assert.equal(a.plan.precision, 'float32');
    assert.equal(b.inputs.precision, 'float16');
    assert.match(b.inputs.command, /--precision float16/);
    assert.doesNotMatch(a.inputs.command, /--precision/);
    const { task } = await openInputs(b.inputs, whole, {});
    assert.equal(task.opened.precision, 'float16');
  });
});
