import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { scoreLines, scoreTargets } from '../../../src/engine/jobs/score-lines';
import { openProject } from '../../../src/engine/task/open-project';
import { drawShots } from '../../../src/engine/task/shots';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { root } from '../../support/root';

const sample = path.join(root, 'media/sample');
const groups = path.join(sample, 'images/groups');
const line = 'an icon of a {}.';
const CLASSES = ['objects', 'animals_and_nature', 'symbols'];

function project(head = '', name = 'shift.prompts') {
  const text = `@images ./images/groups\n@model icon-clip\n${head}a photo of a {}.\n${line}\n`;
  return openProject({ path: path.join(sample, name), text });
}

describe('scores on other folders and parts', () => {
  const shelf = new TaskShelf();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-target-'));
  const target = path.join(folder, 'some');

  before(() => {
    for (const name of CLASSES) {
      mkdirSync(path.join(target, name), { recursive: true });
      for (const file of readdirSync(path.join(groups, name)).sort().slice(0, 12))
        cpSync(path.join(groups, name, file), path.join(target, name, file));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('take every image of the folder, and answers among its classes only', async () => {
    const asked = { project: project(), lines: [line], shelf };
    const [scored] = await scoreTargets(asked, [target]);
    assert.deepEqual([scored!.images, scored!.classes, scored!.ofClasses], [36, 3, 8]);
    const { result } = scored!.scores[0]!;
    assert.ok(result.ok && result.delta !== null && result.accuracy.n === 36);
    // The same by hand: the text features of the three classes alone.
    const three = openProject({
      path: path.join(folder, 'three.prompts'),
      text: `@images ./some\n@model ${path.join(sample, 'icon-clip')}\n${line}\n`,
    });
    const task = await shelf.open(three);
    const { features } = await task.text(line);
    let right = 0;
    for (const part of ['pool', 'dev', 'test'] as const) {
      const images = await task.features(part);
      const { predictions } = task.answer(images, features);
      right += predictions.filter((answer, at) => answer === images.labels[at]).length;
    }
    assert.equal(result.accuracy.value, right / 36);
  });

  it('refuse a folder of other classes before a single image is encoded', async () => {
    mkdirSync(path.join(folder, 'other/otters'), { recursive: true });
    cpSync(path.join(target, 'objects'), path.join(folder, 'other/objects'), { recursive: true });
    const [file] = readdirSync(path.join(target, 'symbols'));
    cpSync(path.join(target, 'symbols', file!), path.join(folder, 'other/otters', file!));
    let encoded = 0;
    const work = {
      onProgress: ({ unit }: { readonly unit: string }) => {
        encoded += Number(unit === 'images');
      },
    };
    const asked = { project: project(), lines: [line], shelf: new TaskShelf() };
    await assert.rejects(scoreTargets(asked, [target, path.join(folder, 'other')], work), {
      code: 'classes.invalid',
      message: /otters/,
    });
    assert.equal(encoded, 0);
  });

  it('are of dev images, or of test or all by name', async () => {
    const sizes = { dev: 171, test: 342, all: 855 } as const;
    for (const part of ['dev', 'test', 'all'] as const) {
      const scored = await scoreLines({ project: project(), lines: [line], shelf, part });
      assert.equal(scored.part, part);
      assert.ok(Math.abs(scored.images - sizes[part]) <= 3, `${part}: ${scored.images}`);
    }
  });

  it('of half the classes have the draws of all of them', async () => {
    const all = await shelf.open(project());
    const [base, fresh] = [
      await shelf.open(project('@classes subset base\n')),
      await shelf.open(project('@classes subset new\n')),
    ];
    assert.deepEqual(
      [base.classes.names, fresh.classes.names],
      [all.classes.names.slice(0, 4), all.classes.names.slice(4)],
    );
    const drawn = (task: typeof all, seed: number) => drawShots(task.dataset, 4, seed).train;
    for (const seed of [1, 2]) {
      const whole = drawn(all, seed);
      assert.deepEqual(
        [...drawn(base, seed), ...drawn(fresh, seed)].map(image => image.path),
        whole.map(image => image.path),
      );
      assert.deepEqual(
        drawn(fresh, seed).map(({ label }) => label + 4),
        whole.slice(16).map(({ label }) => label),
      );
    }
    const { scores } = await scoreLines({ project: project('@classes subset new\n'), lines: [line], shelf });
    assert.ok(scores[0]!.result.ok);
  });
});
