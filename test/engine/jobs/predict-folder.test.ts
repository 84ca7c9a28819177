import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { predictFolder } from '../../../src/engine/jobs/predict-folder';
import { predictImages } from '../../../src/engine/jobs/predict-images';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { root } from '../../support/root';

const SAMPLE = path.join(root, 'media/sample');
const LINE = 'a photo of a {}.';

describe('predictions of images without classes', () => {
  let scratch: string;
  const shelf = new TaskShelf();

  before(() => {
    scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-flat-'));
    mkdirSync(path.join(scratch, 'flat'));
    for (const name of ['activities', 'food_and_drink']) {
      const from = path.join(SAMPLE, 'images/groups', name);
      for (const file of readdirSync(from).slice(0, 3))
        cpSync(path.join(from, file), path.join(scratch, 'flat', file));
    }
    writeFileSync(path.join(scratch, 'flat/broken.jpg'), 'no image');
    // Its header is sound, so that only decoding it shows what is missing.
    const [whole] = readdirSync(path.join(SAMPLE, 'images/groups/objects'));
    const bytes = readFileSync(path.join(SAMPLE, 'images/groups/objects', whole!));
    writeFileSync(path.join(scratch, 'flat/torn.jpg'), bytes.subarray(0, bytes.length / 3));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  const project = () =>
    openProject({
      path: path.join(scratch, 'flat.prompts'),
      text: `@images ./flat\n@model ${SAMPLE}/icon-clip\n`,
    });
  const write = (names: readonly string[], name = 'labels.csv') =>
    predictFolder({ project: project(), names, line: LINE, file: path.join(scratch, name), shelf });

  it('are those of Predict Image for the same classes, in a list that stands after @images', async () => {
    const names = readdirSync(path.join(SAMPLE, 'images/groups')).map(name => name.replaceAll('_', ' '));
    assert.deepEqual(await write(names), { images: 6, failed: 1 });
    const [head, ...rows] = readFileSync(path.join(scratch, 'labels.csv'), 'utf8').trim().split('\n');
    assert.equal(head, 'file,label,probability');
    assert.ok(rows.every(row => !row.includes('torn')));
    const labelled = openProject({
      path: path.join(SAMPLE, 'x.prompts'),
      text: '@images ./images/groups\n@model icon-clip\n',
    });
    const files = rows.map(row => row.split(',')[0]!);
    const { predictions } = await predictImages({
      project: labelled,
      line: LINE,
      paths: files.map(file => path.join(scratch, file)),
      top: 1,
      shelf,
    });
    assert.deepEqual(
      rows.map(row => row.split(',').slice(1)),
      predictions.map(({ classes: [best] }) => [best!.name, best!.probability.toFixed(4)]),
    );
    const task = await shelf.open(
      openProject({
        path: path.join(scratch, 'next.prompts'),
        text: `@images labels.csv\n@model ${SAMPLE}/icon-clip\n`,
      }),
    );
    assert.equal(task.dataset.images.length, 6);
  });

  it('need two names, and replace no list that is there', async () => {
    await assert.rejects(write([]), { code: 'classes.none' });
    await assert.rejects(write(['cat', ' ']), { code: 'classes.one' });
    await assert.rejects(write(['cat', 'dog', ' cat']), { code: 'classes.invalid' });
    writeFileSync(path.join(scratch, 'mine.csv'), 'mine');
    await assert.rejects(write(['cat', 'dog'], 'mine.csv'), { code: 'file.access' });
    assert.equal(readFileSync(path.join(scratch, 'mine.csv'), 'utf8'), 'mine');
  });
});
