import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { planRun } from '../../../src/engine/jobs/plan-run';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import type { SpecChoice } from '../../../src/shared/contracts/method-spec';
import { root } from '../../support/root';

const sample = path.join(root, 'media/sample');
const animals = path.join(sample, 'images/groups/animals_and_nature');

describe('the plan of a run', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-plan-'));
    for (let c = 0; c < 100; c++) {
      const of = path.join(folder, 'many', `kind ${c}`);
      mkdirSync(of, { recursive: true });
      for (const image of readdirSync(animals).slice(0, 9))
        copyFileSync(path.join(animals, image), path.join(of, image));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function steps(images: string, recipe: SpecChoice): Promise<number> {
    const text = `@images ${images}\n@model ${path.join(sample, 'icon-clip')}\na photo of a {}.\n[V:4] {}.\n`;
    const project = openProject({ path: path.join(folder, 'plan.prompts'), text });
    const request = { line: '[V:4] {}.', recipe, device: 'cpu', comparisons: false } as const;
    const plan = await planRun(project, request, new TaskShelf());
    assert.ok(plan.recipe.method === 'coop');
    return plan.recipe.epochs;
  }

  it('has a twentieth of the paper’s evaluations for a beginning of the recipe fast, within bounds, where nobody chose how many', async () => {
    const groups = path.join(sample, 'images/groups');
    assert.equal(await steps(groups, {}), 65);
    // Four images of a class are in the pool: 12 batches of 32, 200 epochs.
    assert.equal(await steps('./many', { shots: 16 }), (12 * 200) / 20);
    assert.equal(await steps('./many', { shots: 16, epochs: 30 }), 30);
    assert.equal(await steps('./many', { shots: 16, name: 'cached' }), 200);
  });

  it('refuses values that contradict each other, whoever asks', async () => {
    const groups = path.join(sample, 'images/groups');
    await assert.rejects(steps(groups, { lambda: 8 }), { code: 'usage', message: /kgcoop/ });
    await assert.rejects(steps(groups, { seeds: [2, 2] }), { code: 'usage', message: /stands twice/ });
    await assert.rejects(steps(groups, { batch: 4 }), { code: 'usage', message: /fast/ });
  });
});
