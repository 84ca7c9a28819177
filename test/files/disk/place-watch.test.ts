import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PlaceWatch } from '../../../src/files/disk/place-watch';

describe('watching places', () => {
  let scratch: string;
  let told: string[];
  let watch: PlaceWatch;

  beforeEach(() => {
    scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-watch-'));
    for (const name of ['cat', 'dog']) mkdirSync(path.join(scratch, 'images', name), { recursive: true });
    writeFileSync(path.join(scratch, 'images/cat/1.png'), 'x');
    told = [];
    watch = new PlaceWatch(paths => told.push(...paths.map(each => path.relative(scratch, each))));
  });
  afterEach(() => {
    watch.dispose();
    rmSync(scratch, { recursive: true, force: true });
  });

  const until = async (what: string) => {
    for (const end = Date.now() + 60_000; !told.includes(what); ) {
      if (Date.now() > end) assert.fail(`not told of ${what}, but of ${told.join()}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };

  it('tells an image that moved to another class, one written over, and a new class', async () => {
    await watch.watch([path.join(scratch, 'images')]);
    renameSync(path.join(scratch, 'images/cat/1.png'), path.join(scratch, 'images/dog/1.png'));
    await until('images/dog/1.png');
    writeFileSync(path.join(scratch, 'images/dog/1.png'), 'y');
    mkdirSync(path.join(scratch, 'images/bird'));
    await until('images/bird');
  });

  it('tells a file, and nothing of what lies beside it or is hidden', async () => {
    const file = path.join(scratch, 'names.csv');
    await watch.watch([file]);
    writeFileSync(path.join(scratch, 'other.csv'), '');
    mkdirSync(path.join(scratch, '.coop'));
    writeFileSync(file, 'folder,name\n');
    await until('names.csv');
    assert.deepEqual(
      told.filter(each => each !== 'names.csv'),
      [],
    );
  });

  it('tells that a place is gone, and that it came back', async () => {
    const images = path.join(scratch, 'images');
    await watch.watch([images]);
    renameSync(images, path.join(scratch, 'away'));
    await new Promise(resolve => setTimeout(resolve, 50));
    await watch.watch([images]);
    told.length = 0;
    renameSync(path.join(scratch, 'away'), images);
    await until('images');
  });

  it('tells what changed just before it watched', async () => {
    const since = Date.now();
    await new Promise(resolve => setTimeout(resolve, 20));
    renameSync(path.join(scratch, 'images/cat/1.png'), path.join(scratch, 'images/dog/1.png'));
    await watch.watch([path.join(scratch, 'images')], since);
    await until('images/dog');
  });

  it('follows other places once it is told to', async () => {
    await watch.watch([path.join(scratch, 'images')]);
    await watch.watch([path.join(scratch, 'images/dog')]);
    writeFileSync(path.join(scratch, 'images/cat/2.png'), 'x');
    writeFileSync(path.join(scratch, 'images/dog/2.png'), 'x');
    await until('images/dog/2.png');
    assert.ok(!told.includes('images/cat/2.png'));
  });
});
