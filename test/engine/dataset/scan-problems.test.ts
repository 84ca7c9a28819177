import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { scanFolder } from '../../../src/engine/dataset/scan-folder';
import { inspectFile } from '../../../src/engine/images/inspect-file';
import { ImageTree, pathsOf, picture, reasonsOf } from './support/image-tree';

/** Head of a PNG of a given size without image data. */
function pngOf(width: number, height: number): Buffer {
  const png = Buffer.alloc(33);
  png.write('\x89PNG\r\n\x1a\n', 'latin1');
  png.writeUInt32BE(13, 8);
  png.write('IHDR', 12, 'latin1');
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  return png;
}

describe('what a scan cannot use', () => {
  let tree: ImageTree;
  beforeEach(() => {
    tree = new ImageTree();
  });
  afterEach(() => tree.remove());

  it('lists every file that cannot be used with its reason, and passes over what systems leave behind', async () => {
    tree.put('cat/good.jpg', picture(0));
    tree.put('cat/no-ending', picture(1));
    tree.put('cat/empty.jpg', '');
    tree.put('cat/text.png', 'no picture');
    tree.put('cat/notes.txt', 'BMW');
    tree.put('cat/drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
    tree.put('cat/pointer.jpg', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    tree.put('cat/cut.jpg', picture(0).subarray(0, 200));
    tree.put('cat/bomb.png', pngOf(60_000, 60_000));
    tree.put('cat/flat.png', pngOf(0, 5));
    tree.put('cat/huge.jpg', picture(0));
    truncateSync(tree.at('cat/huge.jpg'), 513 * 2 ** 20);
    symlinkSync(tree.root, tree.at('cat/loop'));
    symlinkSync('itself.jpg', tree.at('cat/itself.jpg'));
    symlinkSync('nowhere.jpg', tree.at('cat/dangling.jpg'));
    tree.put('loose.jpg', picture(2));
    tree.put('README.md', 'text');
    for (const junk of ['Thumbs.db', '.DS_Store', '.hidden.jpg', '.coop/runs/a.jpg', '__MACOSX/a.jpg'])
      for (const place of ['', 'cat/']) tree.put(`${place}${junk}`, picture(3));
    const found = await tree.scan();
    assert.deepEqual(reasonsOf(found), [
      ['cat/bomb.png', 'too-large'],
      ['cat/cut.jpg', 'broken'],
      ['cat/dangling.jpg', 'missing'],
      ['cat/drawing.svg', 'unsupported'],
      ['cat/empty.jpg', 'empty'],
      ['cat/flat.png', 'broken'],
      ['cat/huge.jpg', 'too-large'],
      ['cat/itself.jpg', 'symlink-loop'],
      ['cat/loop', 'symlink-loop'],
      ['cat/notes.txt', 'unsupported'],
      ['cat/pointer.jpg', 'unsupported'],
      ['cat/text.png', 'broken'],
      ['loose.jpg', 'no-class'],
    ]);
    assert.deepEqual(pathsOf(found), ['cat/good.jpg', 'cat/no-ending']);
    const detail = (file: string) => found.problems.find(problem => problem.path === file)!.detail;
    assert.match(detail('cat/bomb.png'), /60000 × 60000/);
    assert.match(detail('cat/huge.jpg'), /513 MB.*512 MB/);
    assert.match(detail('cat/pointer.jpg'), /git lfs pull/);
  });

  it('passes over folders of network drives, systems and tools, wherever they stand', async () => {
    tree.put('cat/a.jpg', picture(0));
    tree.put('dog/b.jpg', picture(1));
    const junk = [
      '@eaDir/cat/SYNOPHOTO_THUMB_M.jpg',
      'lost+found/0.jpg',
      '#recycle/0.jpg',
      '$RECYCLE.BIN/0.jpg',
      'System Volume Information/0.jpg',
      '__pycache__/0.jpg',
      '.ipynb_checkpoints/0.jpg',
      '._0.jpg',
      'Icon\r',
    ];
    for (const file of junk) for (const place of ['', 'cat/']) tree.put(`${place}${file}`, picture(2));
    const found = await tree.scan();
    assert.deepEqual(pathsOf(found), ['cat/a.jpg', 'dog/b.jpg']);
    assert.deepEqual(reasonsOf(found), []);
  });

  it('mentions a class folder without a usable image', async () => {
    tree.put('cat/a.jpg', picture(0));
    tree.put('dog/b.jpg', picture(1));
    mkdirSync(tree.at('emu'));
    mkdirSync(tree.at('owl/nested'), { recursive: true });
    tree.put('fox/broken.jpg', 'no picture');
    const found = await tree.scan();
    assert.deepEqual(
      found.classes.map(({ folder }) => folder),
      ['cat', 'dog'],
    );
    assert.deepEqual(reasonsOf(found), [
      ['emu', 'no-images'],
      ['fox', 'no-images'],
      ['fox/broken.jpg', 'broken'],
      ['owl', 'no-images'],
    ]);
    const detail = (place: string) => found.problems.find(problem => problem.path === place)!.detail;
    assert.match(detail('emu'), /holds no files, so it is no class/);
    assert.match(detail('fox'), /none of its 1 file is an image/);
  });

  it('names what has no UTF-8 name, and scans the rest', async function () {
    if (process.platform !== 'linux') this.skip();
    tree.put('cat/a.jpg', picture(0));
    tree.put('dog/b.jpg', picture(1));
    const latin1 = (name: string) =>
      Buffer.concat([Buffer.from(`${tree.root}/`), Buffer.from(name, 'latin1')]);
    mkdirSync(latin1('café'));
    writeFileSync(latin1('café/c.jpg'), picture(2));
    writeFileSync(latin1('cat/caf\xe9.jpg'), picture(3));
    tree.put('dog/\ufffd.jpg', picture(4));
    const found = await tree.scan();
    rmSync(latin1('café'), { recursive: true });
    rmSync(latin1('cat/caf\xe9.jpg'));
    assert.deepEqual(pathsOf(found), ['cat/a.jpg', 'dog/b.jpg', 'dog/\ufffd.jpg']);
    assert.deepEqual(
      found.problems.map(({ path: place, reason, detail }) => [place, reason, /not UTF-8/.test(detail)]),
      [
        ['caf\ufffd', 'unreadable', true],
        ['cat/caf\ufffd.jpg', 'unreadable', true],
      ],
    );
  });

  it('never waits for a pipe or a device among the images', async function () {
    if (process.platform === 'win32') this.skip();
    tree.put('cat/a.jpg', picture(0));
    tree.put('dog/b.jpg', picture(1));
    tree.put('dog/swapped.jpg', picture(2));
    execFileSync('mkfifo', [tree.at('cat/pipe.jpg'), tree.at('elsewhere')]);
    symlinkSync(tree.at('elsewhere'), tree.at('cat/linked.jpg'));
    symlinkSync('/dev/zero', tree.at('cat/zero.jpg'));
    assert.deepEqual(pathsOf(await tree.scan()), ['cat/a.jpg', 'dog/b.jpg', 'dog/swapped.jpg']);
    // A file that becomes a pipe between the look at it and its opening.
    rmSync(tree.at('dog/swapped.jpg'));
    execFileSync('mkfifo', [tree.at('dog/swapped.jpg')]);
    const swapped = await inspectFile(tree.at('dog/swapped.jpg'), 1000);
    assert.ok('problem' in swapped);
    assert.match(swapped.problem.detail, /pipe or a device/);
    tree.put('list.csv', 'file,label\ncat/pipe.jpg,cat\ncat/zero.jpg,cat\ncat/a.jpg,cat\n');
    const listed = await scanFolder(tree.at('list.csv'), { memoryFolder: null });
    assert.deepEqual(pathsOf(listed), ['cat/a.jpg']);
    assert.deepEqual(reasonsOf(listed), [
      ['cat/pipe.jpg', 'unsupported'],
      ['cat/zero.jpg', 'unsupported'],
    ]);
  });

  it('names files and folders that may not be read', async function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') this.skip();
    tree.put('cat/a.jpg', picture(0));
    tree.put('cat/locked.jpg', picture(1));
    tree.put('dog/b.jpg', picture(2));
    chmodSync(tree.at('cat/locked.jpg'), 0);
    const dog = tree.at('dog');
    chmodSync(dog, 0);
    try {
      assert.deepEqual(reasonsOf(await tree.scan()), [
        ['cat/locked.jpg', 'unreadable'],
        ['dog', 'unreadable'],
      ]);
    } finally {
      chmodSync(dog, 0o755);
    }
  });
});
