import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defaultRecipe } from '../../../../src/engine/methods/coop/default-recipe';
import { featuresOfViews, viewsOf } from '../../../../src/engine/methods/coop/training-features';
import { openProject } from '../../../../src/engine/task/open-project';
import { TaskShelf } from '../../../../src/engine/task/task-shelf';
import type { WorkProgress } from '../../../../src/engine/task/work';
import { useOwnCache } from '../../../support/own-cache';
import { root } from '../../../support/root';

describe('views of training images', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-views-'));
  const images = path.join(folder, 'groups');
  before(() => {
    cpSync(path.join(root, 'media/sample/images/groups'), images, { recursive: true });
  });
  useOwnCache(() => folder);
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const open = () =>
    new TaskShelf().open(
      openProject({
        path: path.join(folder, 'views.prompts'),
        text: `@images ./groups\n@model ${path.join(root, 'media/sample/icon-clip')}\na photo of a {}.\n`,
      }),
    );

  it('are eight in the recipe fast, fewer where their encoding would take longer than it learns', () => {
    assert.equal(viewsOf(defaultRecipe(), 16 * 8), 8);
    assert.equal(viewsOf(defaultRecipe(), 16 * 18), 3);
    assert.equal(viewsOf(defaultRecipe(), 16 * 100), 0);
    assert.equal(viewsOf(defaultRecipe({ views: 2 }), 16 * 100), 2);
    assert.equal(viewsOf(defaultRecipe({ views: 0 }), 8), 0);
  });

  it('are as many as the other recipes say', () => {
    assert.equal(viewsOf(defaultRecipe({ name: 'cached' }), 8), 0);
    assert.equal(viewsOf(defaultRecipe({ name: 'views' }), 5000), 8);
    assert.equal(defaultRecipe({ name: 'views' }).views, 8, 'so that every way of asking gives one run');
    assert.equal(viewsOf(defaultRecipe({ name: 'paper' }), 5000), 200);
  });

  it('stand behind the images by the test transform, and are counted together while they are encoded', async () => {
    const task = await open();
    const spec = defaultRecipe({ shots: 2, views: 3 });
    const shots = await task.shots(2, 1);
    const heard: WorkProgress[] = [];
    const all = await featuresOfViews(task, spec, 1, shots, { onProgress: each => heard.push(each) });
    const one = shots.features.length;
    assert.equal(all.length, 4 * one);
    assert.deepEqual(all.subarray(0, one), shots.features);
    for (const number of [0, 1, 2]) {
      const view = await task.views(shots.images, { seed: 1, number, kept: true });
      assert.deepEqual(all.subarray((1 + number) * one, (2 + number) * one), view);
      assert.notDeepEqual(view, shots.features);
    }
    assert.ok(heard.every(({ total }) => total === 3 * 16));
    assert.equal(heard.at(-1)!.done, 3 * 16);
  });

  it('name a training image that is gone, and what to do', async () => {
    const task = await open();
    const shots = await task.shots(2, 2);
    for (const name of readdirSync(images)) rmSync(path.join(images, name), { recursive: true });
    await assert.rejects(featuresOfViews(task, defaultRecipe({ shots: 2, views: 1 }), 2, shots, {}), {
      code: 'image.unreadable',
      message: /A training image can no longer be read/,
      next: /resume/,
    });
  });
});
