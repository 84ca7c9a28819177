import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Part } from '../../../src/engine/dataset/split';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { useOwnCache } from '../../support/own-cache';
import { root } from '../../support/root';

const SAMPLE = path.join(root, 'media/sample');

describe('images that are encoded', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-used-'));
  });
  useOwnCache(() => folder);
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('are of the pool those that are drawn, and of dev as many as were asked for', async () => {
    const task = await new TaskShelf().open(
      openProject({
        path: path.join(folder, 'used.prompts'),
        text: `@images ${SAMPLE}/images/groups\n@model ${SAMPLE}/icon-clip\n@split shots 4 seed 1 keep near-duplicates\na photo of a {}.\n`,
      }),
    );
    const missing = async (part: Part) =>
      (await task.notEncoded(task.images(part))) / task.images(part).length;
    await task.features('dev', {}, 20);
    assert.equal(await task.notEncoded(task.images('dev').slice(0, 20)), 0);
    assert.ok((await missing('dev')) > 0.8);
    assert.deepEqual([await missing('pool'), await missing('test')], [1, 1]);

    const shown: string[] = [];
    const shots = await task.shots(4, 1, { onProgress: ({ done, total }) => shown.push(`${done}/${total}`) });
    const drawn = new Set(shots.images.map(({ hash }) => hash));
    assert.equal(shots.images.length, 4 * task.classes.names.length);
    const others = task.images('pool').filter(({ hash }) => !drawn.has(hash));
    assert.ok(others.length > 200);
    assert.equal(await task.notEncoded(shots.images), 0);
    assert.equal(await task.notEncoded(others), new Set(others.map(({ hash }) => hash)).size);
    assert.ok(shown.includes(`${shots.images.length}/${shots.images.length}`));
  });
});
