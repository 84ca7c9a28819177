import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { partOfName } from '../../../src/engine/dataset/part-names';
import { requireClasses } from '../../../src/engine/dataset/require-classes';
import { type Scan, type ScanOptions, scanFolder } from '../../../src/engine/dataset/scan-folder';
import { inspectFile } from '../../../src/engine/images/inspect-file';
import { CoopError } from '../../../src/shared/errors';

const SAMPLE = 'media/sample/images/groups';
const GOLDEN = 'test/fixtures/golden/preprocess/src';
const picture = (nth: number): Buffer => {
  const folder = path.join(SAMPLE, 'activities');
  return readFileSync(path.join(folder, readdirSync(folder).sort()[nth]!));
};

let root = '';
let memoryFolder: string | null = null;

function put(file: string, content: string | Uint8Array): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
}
const scan = (options: ScanOptions = {}): Promise<Scan> => scanFolder(root, { memoryFolder, ...options });
const reasons = ({ problems }: Scan): string[][] => problems.map(({ path: file, reason }) => [file, reason]);
const paths = ({ images }: Scan): string[] => images.map(image => image.path);

const coded = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CoopError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.ok(error.next);
  return true;
};

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

describe('scan of an image folder', () => {
  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'coop-scan-')));
    memoryFolder = null;
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

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
      put(file, picture(at));
    const found = await scan();
    assert.deepEqual(
      found.classes.map(({ folder, count }) => [folder, count]),
      [
        ['B', 1],
        ['b', 4],
        ['ä', 1],
      ],
    );
    assert.deepEqual(paths(found), [
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

  it('lists every file that cannot be used with its reason, and passes over what systems leave behind', async () => {
    put('cat/good.jpg', picture(0));
    put('cat/no-ending', picture(1));
    put('cat/empty.jpg', '');
    put('cat/text.png', 'no picture');
    put('cat/notes.txt', 'BMW');
    put('cat/drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
    put('cat/pointer.jpg', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    put('cat/cut.jpg', picture(0).subarray(0, 200));
    put('cat/bomb.png', pngOf(60_000, 60_000));
    put('cat/flat.png', pngOf(0, 5));
    put('cat/huge.jpg', picture(0));
    truncateSync(path.join(root, 'cat/huge.jpg'), 513 * 2 ** 20);
    symlinkSync(root, path.join(root, 'cat/loop'));
    symlinkSync('itself.jpg', path.join(root, 'cat/itself.jpg'));
    symlinkSync('nowhere.jpg', path.join(root, 'cat/dangling.jpg'));
    put('loose.jpg', picture(2));
    put('README.md', 'text');
    for (const junk of ['Thumbs.db', '.DS_Store', '.hidden.jpg', '.coop/runs/a.jpg', '__MACOSX/a.jpg'])
      for (const place of ['', 'cat/']) put(`${place}${junk}`, picture(3));
    const found = await scan();
    assert.deepEqual(reasons(found), [
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
    assert.deepEqual(paths(found), ['cat/good.jpg', 'cat/no-ending']);
    const detail = (file: string) => found.problems.find(problem => problem.path === file)!.detail;
    assert.match(detail('cat/bomb.png'), /60000 × 60000/);
    assert.match(detail('cat/huge.jpg'), /513 MB.*512 MB/);
    assert.match(detail('cat/pointer.jpg'), /git lfs pull/);
  });

  it('passes over folders of network drives, systems and tools, wherever they stand', async () => {
    put('cat/a.jpg', picture(0));
    put('dog/b.jpg', picture(1));
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
    for (const file of junk) for (const place of ['', 'cat/']) put(`${place}${file}`, picture(2));
    const found = await scan();
    assert.deepEqual(paths(found), ['cat/a.jpg', 'dog/b.jpg']);
    assert.deepEqual(reasons(found), []);
  });

  it('mentions a class folder without a usable image', async () => {
    put('cat/a.jpg', picture(0));
    put('dog/b.jpg', picture(1));
    mkdirSync(path.join(root, 'emu'));
    mkdirSync(path.join(root, 'owl/nested'), { recursive: true });
    put('fox/broken.jpg', 'no picture');
    const found = await scan();
    assert.deepEqual(
      found.classes.map(({ folder }) => folder),
      ['cat', 'dog'],
    );
    assert.deepEqual(reasons(found), [
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
    put('cat/a.jpg', picture(0));
    put('dog/b.jpg', picture(1));
    const latin1 = (name: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
    mkdirSync(latin1('café'));
    writeFileSync(latin1('café/c.jpg'), picture(2));
    writeFileSync(latin1('cat/caf\xe9.jpg'), picture(3));
    put('dog/\ufffd.jpg', picture(4));
    const found = await scan();
    rmSync(latin1('café'), { recursive: true });
    rmSync(latin1('cat/caf\xe9.jpg'));
    assert.deepEqual(paths(found), ['cat/a.jpg', 'dog/b.jpg', 'dog/\ufffd.jpg']);
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
    put('cat/a.jpg', picture(0));
    put('dog/b.jpg', picture(1));
    put('dog/swapped.jpg', picture(2));
    execFileSync('mkfifo', [path.join(root, 'cat/pipe.jpg'), path.join(root, 'elsewhere')]);
    symlinkSync(path.join(root, 'elsewhere'), path.join(root, 'cat/linked.jpg'));
    symlinkSync('/dev/zero', path.join(root, 'cat/zero.jpg'));
    assert.deepEqual(paths(await scan()), ['cat/a.jpg', 'dog/b.jpg', 'dog/swapped.jpg']);
    // A file that becomes a pipe between the look at it and its opening.
    rmSync(path.join(root, 'dog/swapped.jpg'));
    execFileSync('mkfifo', [path.join(root, 'dog/swapped.jpg')]);
    const swapped = await inspectFile(path.join(root, 'dog/swapped.jpg'), 1000);
    assert.ok('problem' in swapped);
    assert.match(swapped.problem.detail, /pipe or a device/);
    put('list.csv', 'file,label\ncat/pipe.jpg,cat\ncat/zero.jpg,cat\ncat/a.jpg,cat\n');
    const listed = await scanFolder(path.join(root, 'list.csv'), { memoryFolder });
    assert.deepEqual(paths(listed), ['cat/a.jpg']);
    assert.deepEqual(reasons(listed), [
      ['cat/pipe.jpg', 'unsupported'],
      ['cat/zero.jpg', 'unsupported'],
    ]);
  });

  it('names files and folders that may not be read', async function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') this.skip();
    put('cat/a.jpg', picture(0));
    put('cat/locked.jpg', picture(1));
    put('dog/b.jpg', picture(2));
    chmodSync(path.join(root, 'cat/locked.jpg'), 0);
    const dog = path.join(root, 'dog');
    chmodSync(dog, 0);
    try {
      assert.deepEqual(reasons(await scan()), [
        ['cat/locked.jpg', 'unreadable'],
        ['dog', 'unreadable'],
      ]);
    } finally {
      chmodSync(dog, 0o755);
    }
  });

  it('follows links, twice to the same folder too, and ends where they would multiply without end', async () => {
    put('cat/a.jpg', picture(0));
    put('elsewhere/pool/b.jpg', picture(1));
    symlinkSync(path.join(root, 'elsewhere/pool'), path.join(root, 'dog'));
    symlinkSync('a.jpg', path.join(root, 'cat/again.jpg'));
    const found = await scan();
    assert.deepEqual(paths(found), ['cat/a.jpg', 'cat/again.jpg', 'dog/b.jpg', 'elsewhere/pool/b.jpg']);
    assert.deepEqual(found.duplicates, [
      { paths: ['cat/a.jpg', 'cat/again.jpg'], acrossClasses: false },
      { paths: ['dog/b.jpg', 'elsewhere/pool/b.jpg'], acrossClasses: true },
    ]);
    for (let level = 0; level < 40; level += 1) {
      mkdirSync(path.join(root, `maze${level}`));
      for (const side of ['left', 'right'])
        symlinkSync(path.join(root, `maze${level + 1}`), path.join(root, `maze${level}`, side));
    }
    await assert.rejects(scan({ limits: { maxEntries: 1500 } }), coded('file.limit', /more files/));
  });

  it('sees EXIF orientation in every format that has it, in small files and large ones', async () => {
    const rotatedGolden = readdirSync(GOLDEN).filter(name => /exif/i.test(name));
    assert.ok(rotatedGolden.length > 0);
    for (const name of rotatedGolden) put(`cat/${name}`, readFileSync(path.join(GOLDEN, name)));
    const tiff = Buffer.from('4d4d002a000000080001011200030000000100060000', 'hex');
    const png = readFileSync(path.join(GOLDEN, readdirSync(GOLDEN).find(name => name.endsWith('.png'))!));
    const chunk = Buffer.alloc(12 + tiff.length);
    chunk.writeUInt32BE(tiff.length);
    chunk.write('eXIf', 4, 'latin1');
    tiff.copy(chunk, 8);
    put('dog/late.png', Buffer.concat([png.subarray(0, -12), chunk, png.subarray(-12)]));
    const filler = Buffer.alloc(12 + 2 ** 21);
    filler.writeUInt32BE(2 ** 21);
    filler.write('teXt', 4, 'latin1');
    put('dog/large.png', Buffer.concat([png.subarray(0, 33), filler, chunk, png.subarray(33)]));
    const riff = (type: string, body: Uint8Array) => {
      const head = Buffer.alloc(8);
      head.write(type, 'latin1');
      head.writeUInt32LE(body.length, 4);
      return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
    };
    const lossless = riff('VP8L', Buffer.from('2f0100000000', 'hex'));
    put('dog/a.webp', riff('RIFF', Buffer.concat([Buffer.from('WEBP'), lossless, riff('EXIF', tiff)])));
    const segments = Buffer.concat(
      Array.from({ length: 40 }, () => Buffer.concat([Buffer.from('ffe2ffff', 'hex'), Buffer.alloc(0xfffd)])),
    );
    const jpeg = picture(0);
    const exif = Buffer.concat([Buffer.from('ffe1001e457869660000', 'hex'), tiff]);
    put('dog/far.jpg', Buffer.concat([jpeg.subarray(0, 2), segments, exif, jpeg.subarray(2)]));
    const found = await scan();
    assert.deepEqual(found.problems, []);
    assert.deepEqual(
      found.rotated.filter(file => file.startsWith('dog/')),
      ['dog/a.webp', 'dog/far.jpg', 'dog/large.png', 'dog/late.png'],
    );
    assert.ok(found.rotated.some(file => file.startsWith('cat/')));
  });

  it('reads every header of the decoders’ references', async () => {
    for (const name of readdirSync(GOLDEN)) put(`all/${name}`, readFileSync(path.join(GOLDEN, name)));
    assert.deepEqual((await scan()).problems, []);
  });

  it('names classes that say nothing to CLIP', async () => {
    const vague = ['n01440764', '0', 'x', 'class_3', 'untitled', '2024-01'];
    const telling = ['tabby cat', 'ox', 'category theory', 'Boeing 737', '犬'];
    for (const [at, name] of [...vague, ...telling].entries()) put(`${name}/a.jpg`, picture(at));
    const named = (await scan()).vagueNames.map(({ name }) => name);
    assert.deepEqual(named.sort(), vague.map(name => name.replaceAll('_', ' ')).sort());
  });

  it('takes names from a classes file', async () => {
    put('n01440764/a.jpg', picture(0));
    put('n01443537/b.jpg', picture(1));
    put('names.csv', 'folder,name\nn01440764,tench\nn01443537,goldfish\n');
    const found = await scan({ classesFile: path.join(root, 'names.csv') });
    assert.deepEqual(
      found.classes.map(({ folder, name }) => [folder, name]),
      [
        ['n01440764', 'tench'],
        ['n01443537', 'goldfish'],
      ],
    );
    assert.deepEqual(found.vagueNames, []);
  });

  it('respects train, val and test folders', async () => {
    for (const [at, file] of [
      'Train/cat/a.jpg',
      'Train/dog/b.jpg',
      'valid/cat/c.jpg',
      'test/dog/d.jpg',
    ].entries())
      put(file, picture(at));
    put('test/loose.jpg', picture(4));
    put('extra/cat/e.jpg', picture(5));
    const found = await scan();
    assert.equal(found.layout, 'split-folders');
    assert.deepEqual(
      found.images.map(image => [image.path, image.label, image.part]),
      [
        ['Train/cat/a.jpg', 0, 'pool'],
        ['valid/cat/c.jpg', 0, 'dev'],
        ['Train/dog/b.jpg', 1, 'pool'],
        ['test/dog/d.jpg', 1, 'test'],
      ],
    );
    // Where a click on the class leads.
    assert.deepEqual(
      found.classes.map(({ place }) => place),
      ['Train/cat', 'Train/dog'],
    );
    assert.deepEqual(reasons(found), [
      ['extra', 'no-class'],
      ['test/loose.jpg', 'no-class'],
    ]);
  });

  it('knows parts by the names that archives give them', async () => {
    const named = [
      ['training_set', 'test_set'],
      ['seg_train/seg_train', 'seg_test/seg_test'],
      ['Train', 'validation'],
      ['train-images', 'valset'],
      ['TrainingSet', 'TestSet'],
      ['train2017', 'val2017'],
      ['training', 'evaluation'],
    ];
    for (const [at, [first, second]] of named.entries()) {
      for (const [nth, place] of [first, second].entries())
        for (const [label, name] of ['cats', 'dogs'].entries())
          put(`${at}/${place}/${name}/0.jpg`, picture(2 * nth + label));
      const found = await scanFolder(path.join(root, String(at)), { memoryFolder });
      assert.deepEqual(
        [found.layout, found.classes.map(({ folder, count }) => [folder, count])],
        [
          'split-folders',
          [
            ['cats', 2],
            ['dogs', 2],
          ],
        ],
        first,
      );
      const inPool = found.images.filter(({ part }) => part === 'pool').map(image => image.path);
      assert.deepEqual(inPool, [`${first}/cats/0.jpg`, `${first}/dogs/0.jpg`]);
    }
    for (const name of ['test tube', 'train station', 'set', 'Testarossa', 'trainer', 'data', '2017'])
      assert.equal(partOfName(name), undefined, name);
  });

  it('tells a single train folder from a class of trains', async () => {
    put('train/cat/a.jpg', picture(0));
    put('train/dog/b.jpg', picture(1));
    assert.equal((await scan()).layout, 'split-folders');
    put('bus/c.jpg', picture(2));
    const found = await scan();
    assert.equal(found.layout, 'classes');
    assert.deepEqual(
      found.classes.map(({ folder, count }) => [folder, count]),
      [
        ['bus', 1],
        ['train', 2],
      ],
    );
  });

  it('scans images without folders as flat, and says so when classes are needed', async () => {
    put('a.jpg', picture(0));
    put('b.jpg', picture(1));
    put('notes/read.txt', 'me');
    const found = await scan();
    assert.equal(found.layout, 'flat');
    assert.deepEqual(found.classes, []);
    assert.deepEqual(
      found.images.map(image => [image.path, image.label]),
      [
        ['a.jpg', -1],
        ['b.jpg', -1],
      ],
    );
    assert.throws(() => requireClasses(found), coded('classes.none', /which classes/));
  });

  it('demands two classes only when asked, and points to where they are', async () => {
    put('images/cat/a.jpg', picture(0));
    put('images/dog/b.jpg', picture(1));
    const outer = await scan();
    assert.throws(
      () => requireClasses(outer),
      (error: unknown) => {
        assert.ok(error instanceof CoopError && error.code === 'classes.one');
        assert.match(error.next ?? '', /images if its 2 sub-folders/);
        return true;
      },
    );
    requireClasses(await scanFolder(path.join(root, 'images'), { memoryFolder }));
  });

  it('says what is wrong with a folder', async () => {
    await assert.rejects(scanFolder(path.join(root, 'gone')), coded('images.folder', /gone.*does not exist/));
    await assert.rejects(scan(), coded('images.none', /no images/));
    put('cat/empty.jpg', '');
    await assert.rejects(scan(), coded('images.none', /1 file cannot be used; cat\/empty.jpg: .*empty/));
  });

  it('stops when cancelled', async () => {
    for (let at = 0; at < 40; at += 1) put(`cat/${at}.jpg`, picture(at % 20));
    const stop = new AbortController();
    const scanning = scan({ signal: stop.signal, onProgress: () => stop.abort() });
    await assert.doesNotReject(scan());
    await assert.rejects(
      Promise.all([scanning, scan({ signal: AbortSignal.abort() })]),
      (error: unknown) => error instanceof Error && error.name === 'AbortError',
    );
  });

  it('reports progress in files up to the last', async () => {
    for (let at = 0; at < 20; at += 1) put(`cat/${at}.jpg`, picture(at));
    const seen: number[] = [];
    await scan({
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

  describe('with a memory', () => {
    /** Files as old as a user's; times within two seconds of the clock are not trusted. */
    const age = (): void => {
      const old = new Date(Date.now() - 60_000);
      for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }))
        if (statSync(path.join(root, name)).isFile()) utimesSync(path.join(root, name), old, old);
    };
    const settle = () => new Promise(resolve => setTimeout(resolve, 2100));
    let folder = '';
    beforeEach(() => {
      folder = mkdtempSync(path.join(os.tmpdir(), 'coop-memory-'));
      memoryFolder = folder;
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));
    const memoryFile = () => path.join(folder, readdirSync(folder)[0]!);

    it('reads again only what changed', async () => {
      put('cat/a.jpg', picture(0));
      put('cat/b.jpg', picture(1));
      put('dog/c.jpg', picture(2));
      put('dog/text.jpg', 'no picture');
      age();
      const fresh = await scan();
      assert.deepEqual(readdirSync(folder), [], 'files changed a moment ago are not remembered');
      await settle();
      assert.deepEqual(await scan(), fresh);
      // A lie in the memory shows which files are taken from it.
      const lie = 'f'.repeat(64);
      const lines = readFileSync(memoryFile(), 'utf8').replaceAll(
        /"hash":"[0-9a-f]{64}"/g,
        `"hash":"${lie}"`,
      );
      writeFileSync(memoryFile(), `${lines}torn line without an e`);
      const known = await scan();
      assert.ok(known.images.every(({ hash }) => hash === lie));
      assert.deepEqual(known.problems, fresh.problems);
      // The same size and modification time, other bytes.
      const bytes = picture(0);
      bytes[bytes.length - 10]! ^= 1;
      const { atime, mtime } = statSync(path.join(root, 'cat/a.jpg'));
      writeFileSync(path.join(root, 'cat/a.jpg'), bytes);
      utimesSync(path.join(root, 'cat/a.jpg'), atime, mtime);
      rmSync(path.join(root, 'dog/c.jpg'));
      renameSync(path.join(root, 'cat/b.jpg'), path.join(root, 'dog/b.jpg'));
      const again = await scan();
      assert.deepEqual(
        again.images.map(({ path: file, hash }) => [file, hash]),
        [
          ['cat/a.jpg', createHash('sha256').update(bytes).digest('hex')],
          ['dog/b.jpg', fresh.images.find(image => image.path === 'cat/b.jpg')!.hash],
        ],
      );
    });

    it('works with a damaged memory and without a place for one', async () => {
      put('cat/a.jpg', picture(0));
      age();
      await settle();
      const fresh = await scan();
      for (const damage of ['', 'garbage', '{"coop":"scan","version":999}\n', Buffer.from([0xff, 0xfe, 0])]) {
        writeFileSync(memoryFile(), damage);
        assert.deepEqual(await scan(), fresh);
      }
      memoryFolder = path.join(memoryFile(), 'below-a-file');
      assert.deepEqual(await scan(), fresh);
    });
  });
});
