import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { planRun } from '../../../src/engine/jobs/plan-run';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { root } from '../../support/root';

const sample = path.join(root, 'media/sample');

describe('the time that a plan says', () => {
  let folder: string;
  const animals = path.join(sample, 'images/groups/animals_and_nature');
  const images = readdirSync(animals).slice(0, 9);
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-estimate-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What the methods beside a prompt add to it. */
  async function beside(classes: number): Promise<number> {
    const root = path.join(folder, `${classes}`);
    for (let c = 0; c < classes; c++) {
      mkdirSync(path.join(root, `kind ${c}`), { recursive: true });
      for (const image of images)
        copyFileSync(path.join(animals, image), path.join(root, `kind ${c}`, image));
    }
    const document = path.join(folder, `${classes}.prompts`);
    const text = `@images ./${classes}\n@model ${path.join(sample, 'icon-clip')}\na photo of a {}.\n[V:4] {}.\n`;
    const shelf = new TaskShelf();
    const seconds = async (comparisons: boolean) => {
      const request = { line: '[V:4] {}.', recipe: {}, device: 'cpu', comparisons } as const;
      return (await planRun(openProject({ path: document, text }), request, shelf)).estimateSeconds;
    };
    return (await seconds(true)) - (await seconds(false));
  }

  it('counts decoding for each fresh view of the paper’s recipe, as for other images', async () => {
    const document = path.join(sample, 'demo.prompts');
    const text = '@images ./images/groups\n@model icon-clip\na photo of a {}.\n[V:4] {}.\n';
    const shelf = new TaskShelf();
    const seconds = async (name: 'paper' | 'cached', epochs: number) => {
      const recipe = { name, epochs, shots: 16, seeds: [1] };
      const request = { line: '[V:4] {}.', recipe, device: 'cpu', comparisons: false, threads: 1 } as const;
      return (await planRun(openProject({ path: document, text }), request, shelf)).estimateSeconds;
    };
    const further = async (name: 'paper' | 'cached') => (await seconds(name, 20)) - (await seconds(name, 10));
    const aView = ((await further('paper')) - (await further('cached'))) / (10 * 8 * 16);
    assert.ok(aView > 0.002, `${aView} s`);
  });

  it('counts the methods beside the prompt, which take longer the more classes there are', async () => {
    const [few, many] = [await beside(4), await beside(40)];
    assert.ok(few > 0);
    assert.ok(many > 5 * few, `${few} and ${many} s`);
  });
});
