import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cellsOf } from '../../../src/engine/experiments/cells';
import { prepareCell } from '../../../src/engine/experiments/prepare-cell';
import { openExperiment } from '../../../src/engine/experiments/read-experiment';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { contextBytes } from '../../../src/files/contexts/learned-context';
import { contextFile } from '../../../src/files/coop-folder';
import { root } from '../../support/root';

describe('what an experiment measures once', () => {
  let folder: string;
  const shelf = new TaskShelf();

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-cell-keys-'));
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
    mkdirSync(path.dirname(contextFile(folder, 'mine')), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const learn = async () => assert.fail('nothing is learned by a plan');

  /** Keys of the hand-written lines, the linear probe and the prompt of a small experiment, in this order. */
  async function keys(of: { readonly lines?: string; readonly spec?: object } = {}) {
    const { lines = 'a photo of a {}.\n', spec = {} } = of;
    writeFileSync(
      path.join(folder, 'a.prompts'),
      `@images ./images/groups\n@model icon-clip\n${lines}[V:2] {}.\n`,
    );
    const file = path.join(folder, 'a.experiment.json');
    const base = { title: 'T', documents: ['a.prompts'], prompts: ['[V:2] {}.'], shots: [1], seeds: [1] };
    writeFileSync(file, JSON.stringify({ ...base, ...spec }));
    const experiment = await openExperiment(file);
    const prepared: string[] = [];
    for (const cell of cellsOf(experiment))
      prepared.push(
        (
          await prepareCell(
            cell,
            { shelf, targets: experiment.targets, title: 'Keys', device: 'cpu', learn },
            {},
          )
        ).key,
      );
    return prepared;
  }

  const changed = (before: readonly string[], after: readonly string[]) =>
    after.map((key, at) => key !== before[at]);

  it('is the same until something that decides it changes, and only what that decides is another', async () => {
    const first = await keys();
    assert.equal(new Set(first).size, 3);
    assert.deepEqual(changed(first, await keys({ spec: { title: 'Another', figures: ['gains'] } })), [
      false,
      false,
      false,
    ]);
    assert.deepEqual(changed(first, await keys({ lines: 'a photo of a {}.\na {}.\n' })), [
      true,
      false,
      false,
    ]);
    assert.deepEqual(changed(first, await keys({ lines: 'a {}.\n' })), [true, true, true]);
    assert.deepEqual(changed(first, await keys({ spec: { seeds: [2] } })), [false, true, true]);
    assert.deepEqual(changed(first, await keys({ spec: { recipe: { epochs: 3 } } })), [false, false, true]);
    assert.deepEqual(
      changed(first, await keys({ spec: { targets: [{ name: 'new', classes: 'subset new' }] } })),
      [true, true, true],
    );
  });

  it('is another where an ensemble or a learned context changes under its name', async () => {
    const ensemble = (line: string) => `a photo of a {}.\n@ensemble both (\na {}.\n${line}\n)\n`;
    const first = await keys({ lines: ensemble('an icon of a {}.') });
    assert.deepEqual(changed(first, await keys({ lines: ensemble('itap of a {}.') })), [true, false, false]);

    const opened = await shelf.models.open(path.join(folder, 'icon-clip'), 'icon-clip');
    const { width } = opened.model.text;
    const write = (value: number) => {
      const context = {
        width,
        slots: [{ length: 1, perClass: false, values: new Float32Array(width).fill(value) }],
        template: '[V:1] {}.',
        model: opened.model.id,
        modelHash: opened.hash,
        classNames: [],
        runId: '',
        createdAt: '',
      };
      writeFileSync(contextFile(folder, 'mine'), contextBytes(context));
    };
    const lines = 'a photo of a {}.\n<mine> {}.\n';
    write(0.01);
    const before = await keys({ lines });
    write(0.02);
    assert.deepEqual(changed(before, await keys({ lines })), [true, false, false]);
  });
});
