import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { requireClasses } from '../../../src/engine/dataset/require-classes';
import { scanFolder } from '../../../src/engine/dataset/scan-folder';
import { CoopError } from '../../../src/shared/errors';
import { codedError } from './support/coded-error';
import { ImageTree, pathsOf, picture, SAMPLE } from './support/image-tree';

describe('scan of an image folder', () => {
  let tree: ImageTree;
  beforeEach(() => {
    tree = new ImageTree();
  });
  afterEach(() => tree.remove());

  it('finds the sample as its folders say, each image with its bytes', async () => {
    const found = await scanFolder(SAMPLE, { memoryFolder: null });
    const folders = readdirSync(SAMPLE).sort();
    assert.equal(found.layout, 'classes');
    assert.deepEqual(
      found.classes.map(({ folder, name, count }) => [folder, name, count]),
      folders.map(folder => [
        folder,
        folder.replaceAll('_', ' '),
        readdirSync(path.join(SAMPLE, folder)).length,
      ]),
    );
    assert.equal(found.imageCount, 855);
    assert.deepEqual(found.problems, []);
    assert.deepEqual(
      found.images,
      folders.flatMap((folder, label) =>
        readdirSync(path.join(SAMPLE, folder))
          .sort()
          .map(name => {
            const bytes = readFileSync(path.join(SAMPLE, folder, name));
            const hash = createHash('sha256').update(bytes).digest('hex');
            return { path: `${folder}/${name}`, label, hash, bytes: bytes.length };
          }),
      ),
    );
  });

  it('sorts classes and paths by code units and counts nested folders to their class', async () => {
    for (const [at, file] of [
      'b/z.jpg',
      'b/10.jpg',
      'b/9.jpg',
      'B/x.jpg',
      'ä/x.jpg',
      'b/in/deep/a.jpg',
    ].entries())
      tree.put(file, picture(at));
    const found = await tree.scan();
    assert.deepEqual(
      found.classes.map(({ folder, count }) => [folder, count]),
      [
        ['B', 1],
        ['b', 4],
        ['ä', 1],
      ],
    );
    assert.deepEqual(pathsOf(found), [
      'B/x.jpg',
      'b/10.jpg',
      'b/9.jpg',
      'b/in/deep/a.jpg',
      'b/z.jpg',
      'ä/x.jpg',
    ]);
    assert.deepEqual(
      found.images.map(({ label }) => label),
      [0, 1, 1, 1, 1, 2],
    );
  });

  it('follows links, twice to the same folder too, and ends where they would multiply without end', async () => {
    tree.put('cat/a.jpg', picture(0));
    tree.put('elsewhere/pool/b.jpg', picture(1));
    symlinkSync(tree.at('elsewhere/pool'), tree.at('dog'));
    symlinkSync('a.jpg', tree.at('cat/again.jpg'));
    const found = await tree.scan();
    assert.deepEqual(pathsOf(found), ['cat/a.jpg', 'cat/again.jpg', 'dog/b.jpg', 'elsewhere/pool/b.jpg']);
    assert.deepEqual(found.duplicates, [
      { paths: ['cat/a.jpg', 'cat/again.jpg'], acrossClasses: false },
      { paths: ['dog/b.jpg', 'elsewhere/pool/b.jpg'], acrossClasses: true },
    ]);
    for (let level = 0; level < 40; level += 1) {
      mkdirSync(tree.at(`maze${level}`));
      for (const side of ['left', 'right'])
        symlinkSync(tree.at(`maze${level + 1}`), tree.at(`maze${level}/${side}`));
    }
    await assert.rejects(tree.scan({ limits: { maxEntries: 1500 } }), codedError('file.limit', /more files/));
  });

  it('names classes that say nothing to CLIP', async () => {
    const vague = ['n01440764', '0', 'x', 'class_3', 'untitled', '2024-01'];
    const telling = ['tabby cat', 'ox', 'category theory', 'Boeing 737', '犬'];
    for (const [at, name] of [...vague, ...telling].entries()) tree.put(`${name}/a.jpg`, picture(at));
    const named = (await tree.scan()).vagueNames.map(({ name }) => name);
    assert.deepEqual(named.sort(), vague.map(name => name.replaceAll('_', ' ')).sort());
  });

  it('takes names from a classes file', async () => {
    tree.put('n01440764/a.jpg', picture(0));
    tree.put('n01443537/b.jpg', picture(1));
    tree.put('names.csv', 'folder,name\nn01440764,tench\nn01443537,goldfish\n');
    const found = await tree.scan({ classesFile: tree.at('names.csv') });
    assert.deepEqual(
      found.classes.map(({ folder, name }) => [folder, name]),
      [
        ['n01440764', 'tench'],
        ['n01443537', 'goldfish'],
      ],
    );
    assert.deepEqual(found.vagueNames, []);
  });

  it('scans images without folders as flat, and says so when classes are needed', async () => {
    tree.put('a.jpg', picture(0));
    tree.put('b.jpg', picture(1));
    tree.put('notes/read.txt', 'me');
    const found = await tree.scan();
    assert.equal(found.layout, 'flat');
    assert.deepEqual(found.classes, []);
    assert.deepEqual(
      found.images.map(image => [image.path, image.label]),
      [
        ['a.jpg', -1],
        ['b.jpg', -1],
      ],
    );
    assert.throws(() => requireClasses(found), codedError('classes.none', /which classes/));
  });

  it('demands two classes only when asked, and points to where they are', async () => {
    tree.put('images/cat/a.jpg', picture(0));
    tree.put('images/dog/b.jpg', picture(1));
    const outer = await tree.scan();
    assert.throws(
      () => requireClasses(outer),
      (error: unknown) => {
        assert.ok(error instanceof CoopError && error.code === 'classes.one');
        assert.match(error.next ?? '', /images if its 2 sub-folders/);
        return true;
      },
    );
    requireClasses(await scanFolder(tree.at('images'), { memoryFolder: null }));
  });

  it('says what is wrong with a folder', async () => {
    await assert.rejects(scanFolder(tree.at('gone')), codedError('images.folder', /gone.*does not exist/));
    await assert.rejects(tree.scan(), codedError('images.none', /no images/));
    tree.put('cat/empty.jpg', '');
    await assert.rejects(
      tree.scan(),
      codedError('images.none', /1 file cannot be used; cat\/empty.jpg: .*empty/),
    );
  });

  it('stops when cancelled', async () => {
    for (let at = 0; at < 40; at += 1) tree.put(`cat/${at}.jpg`, picture(at % 20));
    const stop = new AbortController();
    const scanning = tree.scan({ signal: stop.signal, onProgress: () => stop.abort() });
    await assert.doesNotReject(tree.scan());
    await assert.rejects(
      Promise.all([scanning, tree.scan({ signal: AbortSignal.abort() })]),
      (error: unknown) => error instanceof Error && error.name === 'AbortError',
    );
  });

  it('reports progress in files up to the last', async () => {
    for (let at = 0; at < 20; at += 1) tree.put(`cat/${at}.jpg`, picture(at));
    const seen: number[] = [];
    await tree.scan({
      onProgress: ({ done, total, unit }) => {
        assert.deepEqual([total, unit], [20, 'files']);
        seen.push(done);
      },
    });
    assert.equal(seen.at(-1), 20);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  });
});
