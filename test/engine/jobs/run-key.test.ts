import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepareRun } from '../../../src/engine/jobs/prepare-run';
import { changedSince } from '../../../src/engine/jobs/run-key';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { contextBytes } from '../../../src/files/contexts/learned-context';
import { contextFile } from '../../../src/files/coop-folder';
import { RunWriter } from '../../../src/files/runs/run-writer';
import { root } from '../../support/root';

/** Runs that are stopped, and whether the next request for them goes on with them. */
describe('which unfinished run goes on', () => {
  let folder: string;
  const shelf = new TaskShelf();
  const BASE = '@images ./images/groups\n@model icon-clip\n';

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-run-key-'));
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function prepared(directives: string, lines = 'a photo of a {}.\n[V:4] {}.\n', line = '[V:4] {}.') {
    const project = openProject({
      path: path.join(folder, 'key.prompts'),
      text: `${BASE}${directives}${lines}`,
    });
    const request = { line, recipe: { epochs: 2, shots: 2, seeds: [1] }, device: 'cpu', threads: 1 };
    const run = await prepareRun(project, request, shelf);
    if (!run.resumed) {
      const writer = await RunWriter.open(run.directory);
      await writer.phase('stopped');
      await writer.close();
    }
    return run;
  }

  it('the one of the very same inputs', async () => {
    const first = await prepared('');
    assert.deepEqual([first.resumed, (await prepared('')).resumed], [false, true]);
    assert.equal((await prepared('')).directory, first.directory);
  });

  it('not one of another version, which may have learned otherwise', async () => {
    const { directory } = await prepared('');
    const file = path.join(directory, 'run.json');
    const inputs = readFileSync(file, 'utf8');
    writeFileSync(file, inputs.replace(/"version": ?"[^"]+"/, '"version": "0.0.1"'));
    assert.equal((await prepared('')).resumed, false);
  });

  it('not one of another split, its fractions or its seed', async () => {
    await prepared('@split 40/20/40 seed 1\n');
    assert.equal((await prepared('@split 40/20/40 seed 2\n')).resumed, false);
    assert.equal((await prepared('@split 50/10/40 seed 1\n')).resumed, false);
    assert.equal((await prepared('@split 40/20/40 seed 1\n')).resumed, true);
  });

  it('not one of images prepared in another way', async () => {
    await prepared('');
    assert.equal((await prepared('@preprocess exif\n')).resumed, false);
  });

  it('not one whose learned context has changed under its name', async () => {
    const opened = await shelf.models.open(path.join(folder, 'icon-clip'), 'icon-clip');
    const context = (value: number) =>
      contextBytes({
        width: opened.model.text.width,
        slots: [
          { length: 1, perClass: false, values: new Float32Array(opened.model.text.width).fill(value) },
        ],
        template: '[V:1] {}.',
        model: opened.model.id,
        modelHash: opened.hash,
        classNames: [],
        runId: '',
        createdAt: '',
      });
    const file = contextFile(folder, 'mine');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, context(0.01));
    const lines = 'a photo of a {}.\n[V:2] <mine> {}.\n';
    const first = await prepared('', lines, '[V:2] <mine> {}.');
    assert.equal(first.resumed, false);
    assert.equal((await prepared('', lines, '[V:2] <mine> {}.')).resumed, true);
    writeFileSync(file, context(0.02));
    assert.equal((await prepared('', lines, '[V:2] <mine> {}.')).resumed, false);
  });

  it('what changed is told by name; runs of version 0.1 kept fewer hashes', () => {
    const before = {
      model: 'm',
      dataset: 'd',
      classes: 'c',
      parts: 'p',
      preprocessing: 'r',
      contexts: { mine: '1' },
    };
    assert.deepEqual(changedSince(before, before), []);
    const now = { ...before, parts: 'q', preprocessing: 's', contexts: { mine: '2' } };
    assert.deepEqual(changedSince(before, now), ['the split', 'the preprocessing', 'the context <mine>']);
    const { model, dataset, classes } = before;
    assert.deepEqual(changedSince({ model, dataset, classes }, now), []);
  });
});
