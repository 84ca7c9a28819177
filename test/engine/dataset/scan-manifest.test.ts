import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  datasetHash,
  datasetParts,
  partsHash,
  stratifiedFirst,
} from '../../../src/engine/dataset/dataset-parts';
import { drawFewShot } from '../../../src/engine/dataset/draw-shots';
import { parseManifest } from '../../../src/engine/dataset/manifest';
import { scanCoopSplit } from '../../../src/engine/dataset/scan-coop-split';
import { scanFolder } from '../../../src/engine/dataset/scan-folder';
import { loadDataset } from '../../../src/engine/task/load-dataset';
import { openProject } from '../../../src/engine/task/open-project';
import { CoopError } from '../../../src/shared/errors';
import { scanWarnings } from '../../../src/shared/verdicts/scan-warnings';
import { codedError } from './support/coded-error';

const SAMPLE = path.resolve('media/sample/images/groups/activities');
const NAMES = readdirSync(SAMPLE).sort().slice(0, 8);
const QUIET = { memoryFolder: null };

describe('lists of images', () => {
  let root = '';
  const write = (name: string, text: string): string => {
    writeFileSync(path.join(root, name), text);
    return path.join(root, name);
  };
  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'coop-list-')));
    mkdirSync(path.join(root, 'jpg'));
    for (const [at, name] of NAMES.entries())
      cpSync(path.join(SAMPLE, name), path.join(root, `jpg/${at}.jpg`));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('scans a CSV list with labels and splits', async () => {
    const list = write(
      'list.csv',
      '\ufeffFile,label,split\r\njpg/0.jpg,"cat, tabby",train\r\n\r\njpg\\1.jpg,dog,val\r\n./jpg/2.jpg,dog,test\r\njpg/gone.jpg,dog,test\r\n',
    );
    const scan = await scanFolder(list, QUIET);
    assert.equal(scan.layout, 'manifest');
    assert.equal(scan.folder, root);
    assert.deepEqual(
      scan.classes.map(({ name, count }) => [name, count]),
      [
        ['cat, tabby', 1],
        ['dog', 2],
      ],
    );
    assert.deepEqual(
      scan.images.map(image => [image.path, image.label, image.part]),
      [
        ['jpg/0.jpg', 0, 'pool'],
        ['jpg/1.jpg', 1, 'dev'],
        ['jpg/2.jpg', 1, 'test'],
      ],
    );
    assert.deepEqual(
      scan.problems.map(problem => [problem.path, problem.reason]),
      [['jpg/gone.jpg', 'missing']],
    );
    assert.deepEqual(datasetParts(scan, { kind: 'folders' }), ['pool', 'dev', 'test']);
    assert.deepEqual(datasetParts(scan, { kind: 'shots', shots: 1, seed: 1 }), ['pool', 'dev', 'test']);
  });

  it('scans JSONL, semicolons, and lists without labels', async () => {
    const lines = [0, 1, 2].map(at => JSON.stringify({ file_name: `jpg/${at}.jpg`, label: at % 2 }));
    const jsonl = await scanFolder(write('metadata.jsonl', `${lines.join('\n')}\n`), QUIET);
    assert.deepEqual(
      jsonl.images.map(image => [image.path, image.label]),
      [
        ['jpg/0.jpg', 0],
        ['jpg/2.jpg', 0],
        ['jpg/1.jpg', 1],
      ],
    );
    const semicolons = await scanFolder(write('a.csv', 'path;class\njpg/0.jpg;Ä,b\njpg/1.jpg;c\n'), QUIET);
    assert.deepEqual(
      semicolons.classes.map(({ name }) => name),
      ['c', 'Ä,b'],
    );
    const flat = await scanFolder(write('b.csv', 'file\njpg/0.jpg\n'), QUIET);
    assert.deepEqual([flat.layout, flat.classes, flat.images[0]!.label], ['flat', [], -1]);
    assert.throws(
      () => datasetParts(jsonl, { kind: 'folders' }),
      codedError('split.invalid', /no split column/),
    );
  });

  it('names line and cause of what is wrong', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /is empty/],
      ['file,label\n', /lists no images/],
      ['name,label\na,b\n', /line 1, has no column “file”; it has name, label/],
      ['file,label\na.jpg,x\nb.jpg\n', /line 3, has 1 field; the head has 2/],
      ['file,label\na.jpg,x\nb.jpg,\n', /line 3, gives b\.jpg no label/],
      ['file,label\n,x\n', /line 2, names no file/],
      ['file,label\na.jpg,x\n./a.jpg,y\n', /line 3, repeats a\.jpg of line 2/],
      ['file,label\n../a.jpg,x\n', /line 2, names \.\.\/a\.jpg, which lies outside/],
      ['file,label\n/etc/passwd,x\n', /line 2, names \/etc\/passwd, which lies outside/],
      ['file,label\n"a.jpg,x\n', /line 2, opens a quote that is not closed/],
      ['file,label\n"a\n.jpg" ,x\n', /line 3, has text after a closing quote/],
      ['file,label,split\na.jpg,x,train\nb.jpg,x,holdout\n', /line 3, has the split “holdout”/],
      ['file,label,split\na.jpg,x,train\nb.jpg,x,\n', /line 3, gives b\.jpg no split/],
      ['{"file":"a.jpg","label":"x"}\n[]\n', /line 2, is no JSON object/],
      ['{"file":"a.jpg","label":"x"}\n{"file":\n', /line 2, is not JSON/],
      ['{"file":7,"label":"x"}\n', /line 1, has a “file” that is no text/],
    ];
    for (const [text, message] of cases)
      assert.throws(
        () => parseManifest(text, '/data/list.csv'),
        codedError('manifest.invalid', message),
        text,
      );
  });

  it('takes any text as a list or says why not', () => {
    const piece = fc.constantFrom(
      'file',
      'label',
      ',',
      '"',
      '\n',
      '\r\n',
      'a.jpg',
      '../',
      '{',
      '}',
      ':',
      'train',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), pieces => {
        try {
          const { candidates } = parseManifest(pieces.join(''), '/data/list.csv');
          for (const { path: file } of candidates)
            assert.ok(path.resolve('/data', file).startsWith('/data/') && !path.isAbsolute(file), file);
        } catch (thrown) {
          assert.ok(thrown instanceof CoopError && thrown.code === 'manifest.invalid', String(thrown));
        }
      }),
    );
  });

  describe('split files of CoOp', () => {
    const split = {
      train: [
        ['jpg/5.jpg', 1, 'siamese_cat'],
        ['jpg/3.jpg', 0, 'pug'],
        ['jpg/0.jpg', 1, 'siamese_cat'],
        ['jpg/6.jpg', 2, 'pug'],
      ],
      val: [['jpg/1.jpg', 0, 'pug']],
      test: [
        ['jpg/2.jpg', 1, 'siamese_cat'],
        ['jpg/gone.jpg', 0, 'pug'],
      ],
    };

    it('label a folder that has no classes itself, in the order that draws depend on', async () => {
      const file = write('split_zhou_Pets.json', JSON.stringify(split));
      const scan = await scanCoopSplit(file, root, QUIET);
      assert.deepEqual(
        scan.classes.map(({ folder, name, count }) => [folder, name, count]),
        [
          ['pug', 'pug', 2],
          ['siamese_cat', 'siamese cat', 3],
          ['pug 2', 'pug', 1],
        ],
      );
      assert.deepEqual(
        scan.images.map(image => [image.path, image.label, image.part]),
        [
          ['jpg/5.jpg', 1, 'pool'],
          ['jpg/3.jpg', 0, 'pool'],
          ['jpg/0.jpg', 1, 'pool'],
          ['jpg/6.jpg', 2, 'pool'],
          ['jpg/1.jpg', 0, 'dev'],
          ['jpg/2.jpg', 1, 'test'],
        ],
      );
      assert.deepEqual(
        scan.problems.map(problem => [problem.path, problem.reason]),
        [['jpg/gone.jpg', 'missing']],
      );
      const parts = datasetParts(scan, { kind: 'coop', file, partial: true });
      assert.deepEqual(
        parts,
        scan.images.map(image => image.part),
      );
      const pool = scan.images.filter((_, at) => parts[at] === 'pool');
      assert.deepEqual(
        drawFewShot({ pool, dev: [], published: true }, 1, 1).train.map(({ label }) => label),
        [1, 0, 2],
      );
    });

    /** Folders a and b of two images each, and c of one, below `all`. */
    const tree = () => {
      for (const [at, place] of [
        'a/0.jpg',
        'a/1.jpg',
        'b/2.jpg',
        'b/3.jpg',
        'c/4.jpg',
        'c/in/5.jpg',
      ].entries()) {
        mkdirSync(path.dirname(path.join(root, 'all', place)), { recursive: true });
        cpSync(path.join(SAMPLE, NAMES[at]!), path.join(root, 'all', place));
      }
      return path.join(root, 'all');
    };
    const bees = {
      train: [
        ['b/2.jpg', 0, 'Bee'],
        ['a/0.jpg', 1, 'red_ant'],
      ],
      val: [['b/3.jpg', 0, 'Bee']],
      test: [['a/1.jpg', 1, 'red_ant']],
    };

    it('decide names, order and parts, and count what they do not name', async () => {
      const scan = await scanCoopSplit(write('split.json', JSON.stringify(bees)), tree(), QUIET);
      assert.deepEqual(
        scan.classes.map(({ folder, name, count }) => [folder, name, count]),
        [
          ['b', 'Bee', 2],
          ['a', 'red ant', 2],
        ],
      );
      assert.equal(scan.layout, 'published');
      assert.deepEqual(scan.split, {
        file: path.join(root, 'split.json'),
        images: 4,
        unusable: 0,
        missingClasses: [],
        unnamedFolders: [
          { folder: 'c', images: 1 },
          { folder: 'c/in', images: 1 },
        ],
        unnamedImages: 0,
      });
      assert.deepEqual(scanWarnings(scan), [
        'split.json names nothing in 2 folders with 2 images (c, c/in), left out.',
      ]);
      assert.deepEqual(scan.vagueNames, []);
    });

    it('are another split than a list of the same parts, since shots are drawn otherwise', async () => {
      tree();
      const sorted = {
        train: [
          ['a/0.jpg', 0, 'ant'],
          ['b/2.jpg', 1, 'bee'],
        ],
        val: [['b/3.jpg', 1, 'bee']],
        test: [['a/1.jpg', 0, 'ant']],
      };
      write('all/split.json', JSON.stringify(sorted));
      const rows = ['a/0.jpg,ant,train', 'a/1.jpg,ant,test', 'b/2.jpg,bee,train', 'b/3.jpg,bee,val'];
      write('all/list.csv', ['file,label,split', ...rows, ''].join('\n'));
      const load = (text: string) =>
        loadDataset(openProject({ path: path.join(root, 'd.prompts'), text: `${text}\na {}.\n` }));
      const list = await load('@images all/list.csv');
      const split = await load('@images all\n@split coop all/split.json');
      assert.deepEqual([list.published, split.published], [false, true]);
      assert.notEqual(list.partsHash, split.partsHash);
      const inOrder = [...split.images].sort((a, b) => (a.path < b.path ? -1 : 1));
      assert.notEqual(list.partsHash, partsHash(inOrder, { published: true, unusual: false }));
      assert.equal(list.partsHash, partsHash(inOrder, { published: false, unusual: false }));
    });

    it('find decomposed names on disk by composed ones', async function () {
      if (process.platform === 'darwin') this.skip();
      mkdirSync(path.join(root, 'all/Cafe\u0301'), { recursive: true });
      cpSync(path.join(SAMPLE, NAMES[0]!), path.join(root, 'all/Cafe\u0301/0.jpg'));
      const lists = { train: [['Caf\u00e9/0.jpg', 0, 'coffee house']], val: [], test: [] };
      const file = write('split.json', JSON.stringify(lists));
      const scan = await scanCoopSplit(file, path.join(root, 'all'), QUIET);
      assert.deepEqual([scan.split!.unusable, scan.split!.unnamedImages, scan.imageCount], [0, 0, 1]);
    });

    it('are a whole or nothing, unless a part is asked for', async () => {
      const images = tree();
      const project = (split: string) =>
        openProject({ path: path.join(root, 'd.prompts'), text: `@images all\n@split ${split}\na {}.\n` });
      const lists = {
        train: [...bees.train, ['d/0.jpg', 2, 'moth']],
        val: [...bees.val, ['a/gone.jpg', 1, 'red_ant']],
        test: [...bees.test, ['d/1.jpg', 2, 'moth']],
      };
      write('split.json', JSON.stringify(lists));
      await assert.rejects(
        loadDataset(project('coop split.json')),
        codedError(
          'split.invalid',
          /split\.json names 7 images, 3 of which are not usable in .*all \(a\/gone\.jpg: it does not exist\)\. 1 class has none at all: “moth”\.$/,
        ),
      );
      const part = await loadDataset(project('coop ./split.json partial'));
      assert.deepEqual(part.classes.names, ['Bee', 'red ant']);
      assert.deepEqual(
        part.images.map(({ path: file, label, part: side }) => [file, label, side]),
        [
          ['b/2.jpg', 0, 'pool'],
          ['a/0.jpg', 1, 'pool'],
          ['b/3.jpg', 0, 'dev'],
          ['a/1.jpg', 1, 'test'],
        ],
      );
      assert.ok(part.published);
      const [classes, missing] = scanWarnings(part.scan);
      assert.match(
        classes!,
        /^1 of the 3 classes in split\.json have no image here: this is a task of 2 classes/,
      );
      assert.match(missing!, /^3 of the 7 images in split\.json are missing/);
      write('split.json', JSON.stringify({ train: [['x.jpg', 0, 'x']], val: [], test: [] }));
      await assert.rejects(
        scanCoopSplit(path.join(root, 'split.json'), images, QUIET),
        codedError('split.invalid', /names no image of .*x\.jpg/),
      );
      await assert.rejects(
        scanCoopSplit(path.join(root, 'split.json'), path.join(root, 'gone'), QUIET),
        codedError('images.folder', /does not exist/),
      );
    });
  });
});

describe('parts of a data set', () => {
  const hash = (text: string): string => Buffer.from(text.padEnd(32, '.')).toString('hex');
  const images = Array.from({ length: 30 }, (_, at) => ({
    path: `${at}`,
    label: at % 3,
    hash: hash(`${(at * 7919) % 1000}`),
    bytes: 1,
  }));
  const scan = {
    folder: '/data',
    classes: [],
    problems: [],
    duplicates: [],
    rotated: [],
    vagueNames: [],
    sameNames: [],
    columns: new Map<string, readonly string[]>(),
    imageCount: 30,
    layout: 'classes',
    images,
  } as const;

  it('come from the content for shots, and from another salt for fractions', async () => {
    const count = (parts: readonly (string | undefined)[], part: string) =>
      parts.filter(each => each === part).length;
    const shots = datasetParts(scan, { kind: 'shots', shots: 16, seed: 1 });
    assert.deepEqual([count(shots, 'pool'), count(shots, 'dev'), count(shots, 'test')], [12, 6, 12]);
    assert.deepEqual(datasetParts(scan, { kind: 'shots', shots: 2, seed: 9 }), shots);
    const fractions = { kind: 'fractions', pool: 1, dev: 1, test: 3 } as const;
    const one = datasetParts(scan, { ...fractions, seed: 1 });
    assert.deepEqual([count(one, 'pool'), count(one, 'dev'), count(one, 'test')], [6, 6, 18]);
    assert.notDeepEqual(datasetParts(scan, { ...fractions, seed: 2 }), one);
    assert.throws(
      () => datasetParts(scan, { kind: 'folders' }),
      codedError('split.invalid', /no train, val/),
    );
  });

  it('have a hash of names and contents, not of paths', () => {
    const names = ['a', 'b', 'c'];
    const known = datasetHash(images, names);
    assert.equal(
      known,
      datasetHash(
        images.map(image => ({ ...image, path: 'elsewhere' })),
        names,
      ),
    );
    assert.notEqual(known, datasetHash(images, ['a', 'b', 'd']));
    assert.notEqual(known, datasetHash(images.slice(1), names));
    assert.match(known, /^[0-9a-f]{64}$/);
  });

  it('have a stratified beginning of any length, whatever the order they come in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 1e6 })), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.nat(),
        fc.infiniteStream(fc.nat()),
        (drawn, wanted, random) => {
          const pool = drawn.map(([label, seed]) => ({ label, hash: hash(`${label} ${seed}`) }));
          const n = wanted % (pool.length + 1);
          const first = stratifiedFirst(pool, n);
          assert.equal(first.length, n);
          for (const label of new Set(pool.map(image => image.label))) {
            const all = pool.filter(image => image.label === label).length;
            const share = (first.filter(image => image.label === label).length * pool.length) / all;
            // A class's places are within half an image of its share, all classes' together within half an image each;
            // and equal places may fall on either side of the end.
            const slack = (1.5 * pool.length) / all + 5 / 2;
            assert.ok(Math.abs(share - n) <= slack, `class ${label}: ${share} of ${n}`);
          }
          const shuffled = pool
            .map(image => ({ image, key: random.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ image }) => image);
          assert.deepEqual(stratifiedFirst(shuffled, n), first);
        },
      ),
    );
    const equal = Array.from({ length: 400 }, (_, at) => ({ label: at % 40, hash: hash(`${at}`) }));
    const counts = new Map<number, number>();
    for (const { label } of stratifiedFirst(equal, 80)) counts.set(label, (counts.get(label) ?? 0) + 1);
    assert.deepEqual([...counts.values()], Array(40).fill(2));
  });
});
