import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { root } from '../../support/root';

describe('tasks of a window', () => {
  let folder: string;
  const project = (text = '') =>
    openProject({
      path: path.join(folder, 'task.prompts'),
      text: `@images ./images/groups\n@model icon-clip\n${text}a photo of a {}.\n`,
    });

  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-task-'));
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
    // Folders that are new this moment are read again once, since they may still change.
    await sleep(50);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are opened once, whatever the document’s templates become', async () => {
    const shelf = new TaskShelf();
    const first = await shelf.open(project());
    const edited = await shelf.open(openProject({ ...project(), text: `${project().text}an icon of {}.\n` }));
    assert.equal(edited.dataset, first.dataset);
    assert.equal(edited.project.document.templates.length, 2);
    assert.equal(edited.fingerprint, first.fingerprint);
  });

  it('side by side requests share one reading, and one that is cancelled does not end the other', async () => {
    const shelf = new TaskShelf();
    const abort = new AbortController();
    const [one, other] = [shelf.open(project(), { signal: abort.signal }), shelf.open(project())];
    abort.abort();
    await assert.rejects(one, { name: 'AbortError' });
    assert.ok((await other).dataset.images.length > 0);
  });

  it('follow images that move, come and go, another split, other preprocessing and other names', async () => {
    const shelf = new TaskShelf();
    const first = await shelf.open(project());
    const [from, to] = first.dataset.scan.classes.map(each => each.folder);
    const images = path.join(folder, 'images/groups');
    const name = readdirSync(path.join(images, from!))[0]!;
    renameSync(path.join(images, from!, name), path.join(images, to!, name));
    const moved = await shelf.open(project());
    assert.notEqual(moved.fingerprint, first.fingerprint);
    await sleep(50);
    const again = await shelf.open(project());
    assert.equal(again.fingerprint, moved.fingerprint);
    for (const directive of ['@split 50/10/40 seed 1\n', '@preprocess exif\n', '@classes ./names.csv\n']) {
      const rows = first.dataset.scan.classes.map(each => `${each.folder},the ${each.name}`);
      writeFileSync(path.join(folder, 'names.csv'), ['folder,name', ...rows].join('\n'));
      assert.notEqual((await shelf.open(project(directive))).fingerprint, again.fingerprint, directive);
    }
  });

  it('read an image again that was written over in place once they are told', async () => {
    const shelf = new TaskShelf();
    const first = await shelf.open(project());
    const [one, two] = first.dataset.images.filter(({ label }) => label === 0);
    const file = path.join(first.dataset.folder, one!.path);
    cpSync(path.join(first.dataset.folder, two!.path), file);
    utimesSync(file, new Date(1e12), new Date(1e12));
    shelf.changed([file]);
    const task = await shelf.open(project());
    assert.notEqual(task.dataset.hash, first.dataset.hash);
  });

  it('take a model again whose files changed', async () => {
    const shelf = new TaskShelf();
    const first = await shelf.open(project());
    assert.equal((await shelf.open(project())).opened, first.opened);
    const config = path.join(folder, 'icon-clip', 'note.txt');
    writeFileSync(config, 'x');
    assert.notEqual((await shelf.open(project())).opened, first.opened);
  });
});
