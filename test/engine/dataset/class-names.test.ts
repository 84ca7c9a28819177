import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { classesText, parseClasses } from '../../../src/engine/dataset/classes';
import { sameNames } from '../../../src/engine/dataset/same-names';
import { scanFolder } from '../../../src/engine/dataset/scan-folder';
import { vagueNames } from '../../../src/engine/dataset/vague-names';
import { writeClassNames } from '../../../src/engine/dataset/write-class-names';
import { CoopError } from '../../../src/shared/errors';

const SAMPLE = path.resolve('media/sample/images/groups/activities');
const PICTURES = readdirSync(SAMPLE)
  .sort()
  .slice(0, 6)
  .map(name => readFileSync(path.join(SAMPLE, name)));
const QUIET = { memoryFolder: null };
const classesOf = (names: readonly string[]) => names.map(name => ({ folder: name, name }));
const proposals = (names: readonly string[]) =>
  vagueNames(classesOf(names)).map(({ name, reason, probably }) => [name, probably ?? null, reason]);

describe('names of classes', () => {
  let root = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'coop-names-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const put = (...folders: readonly string[]) => {
    for (const [at, folder] of folders.entries()) {
      mkdirSync(path.join(root, folder), { recursive: true });
      writeFileSync(path.join(root, folder, 'a.jpg'), PICTURES[at]!);
    }
  };

  it('are proposed where folders carry numbers, WordNet ids, plus signs or words written together', () => {
    assert.deepEqual(
      proposals(['001.Black footed Albatross', '002.Laysan Albatross', '003.Sooty Albatross']),
      [
        ['001.Black footed Albatross', 'Black footed Albatross', 'a number before the name'],
        ['002.Laysan Albatross', 'Laysan Albatross', 'a number before the name'],
        ['003.Sooty Albatross', 'Sooty Albatross', 'a number before the name'],
      ],
    );
    assert.deepEqual(proposals(['n02085620-Chihuahua', 'n02085782-Japanese spaniel', 'tabby']), [
      ['n02085620-Chihuahua', 'Chihuahua', 'a WordNet id before the name'],
      ['n02085782-Japanese spaniel', 'Japanese spaniel', 'a WordNet id before the name'],
    ]);
    assert.deepEqual(proposals(['AnnualCrop', 'Forest', 'HerbaceousVegetation', 'SeaLake']), [
      ['AnnualCrop', 'Annual Crop', 'words written together'],
      ['HerbaceousVegetation', 'Herbaceous Vegetation', 'words written together'],
      ['SeaLake', 'Sea Lake', 'words written together'],
    ]);
    assert.deepEqual(proposals(['killer+whale', 'otter']), [
      ['killer+whale', 'killer whale', 'plus signs for blanks'],
    ]);
    assert.deepEqual(
      proposals(['01 ApplyEyeMakeup', '02 BabyCrawling']).map(([, probably]) => probably),
      ['Apply Eye Makeup', 'Baby Crawling'],
    );
  });

  it('are left as they are where they mean what they say', () => {
    const telling = [
      '7 eleven',
      'Boeing 737-800',
      'MacBook',
      'red apple',
      '犬',
      'T-shirt',
      '3 series',
      'C++',
    ];
    assert.deepEqual(proposals(telling), []);
    // Without their numbers these would be one class.
    assert.deepEqual(proposals(['1 cat', '2 cat']), [
      ['1 cat', null, 'a number before the name'],
      ['2 cat', null, 'a number before the name'],
    ]);
    assert.deepEqual(proposals(['n00000001', '12']), [
      ['n00000001', null, 'a WordNet id'],
      ['12', null, 'a number'],
    ]);
    // Two classes of ImageNet are called missile; alone, either may be.
    assert.deepEqual(proposals(['n03773504', 'n04008634', 'n01440764']), [
      ['n03773504', null, 'a WordNet id'],
      ['n04008634', null, 'a WordNet id'],
      ['n01440764', 'tench', 'a WordNet id'],
    ]);
  });

  it('are the same to CLIP in other letters, blanks and Unicode forms', () => {
    const nfc = 'Caf\u00e9';
    const nfd = 'Cafe\u0301';
    assert.deepEqual(
      sameNames(classesOf(['Red Apple', 'pear', 'red  apple', nfc, nfd, 'red apple', 'apples'])),
      [
        { name: 'Red Apple', folders: ['Red Apple', 'red  apple', 'red apple'] },
        { name: nfc, folders: [nfc, nfd] },
      ],
    );
  });

  it('that are the same are named by a scan, until a classes file tells them apart', async function () {
    if (process.platform !== 'linux') this.skip();
    put('Red_Apple', 'red_apple', 'red apple', 'pear');
    const found = await scanFolder(root, QUIET);
    assert.deepEqual(found.sameNames, [
      { name: 'Red Apple', folders: ['Red_Apple', 'red apple', 'red_apple'] },
    ]);
    const classesFile = path.join(root, 'names.csv');
    writeFileSync(classesFile, 'folder,name\nRed_Apple,gala\nred_apple,fuji\nred apple,elstar\npear,pear\n');
    assert.deepEqual((await scanFolder(root, { ...QUIET, classesFile })).sameNames, []);
  });

  it('match folders whose letters are decomposed on disk and composed in the list, and back', async function () {
    if (process.platform === 'darwin') this.skip();
    put('Cafe\u0301', 'Th\u00e9');
    const classesFile = path.join(root, 'names.csv');
    writeFileSync(classesFile, 'folder,name\nCaf\u00e9,coffee house\nThe\u0301,tea\n');
    const found = await scanFolder(root, { ...QUIET, classesFile });
    assert.deepEqual(
      found.classes.map(({ name }) => name),
      ['coffee house', 'tea'],
    );
    const list = path.join(root, 'list.csv');
    const files = ['Caf\u00e9/a.jpg,coffee', 'The\u0301/a.jpg,tea', 'Caf\u00e9/gone.jpg,coffee'];
    writeFileSync(list, ['file,label', ...files, ''].join('\n'));
    const listed = await scanFolder(list, QUIET);
    assert.deepEqual(
      listed.images.map(image => image.path),
      ['Cafe\u0301/a.jpg', 'Th\u00e9/a.jpg'],
    );
    assert.deepEqual(
      listed.problems.map(({ reason }) => reason),
      ['missing'],
    );
  });

  it('are written as a classes file that is read back, and never over a file', async () => {
    put('001.Black_footed_Albatross', '002.Laysan, the gooney', '003.Sooty');
    const file = path.join(root, 'classes.csv');
    const written = await writeClassNames(await scanFolder(root, QUIET), file);
    assert.deepEqual(written, { file, classes: 3, proposed: 3, vague: 0 });
    assert.equal(
      readFileSync(file, 'utf8'),
      [
        'folder,name',
        '001.Black_footed_Albatross,Black footed Albatross',
        '"002.Laysan, the gooney","Laysan, the gooney"',
        '003.Sooty,Sooty',
        '',
      ].join('\n'),
    );
    const named = await scanFolder(root, { ...QUIET, classesFile: file });
    assert.deepEqual(
      named.classes.map(({ name }) => name),
      ['Black footed Albatross', 'Laysan, the gooney', 'Sooty'],
    );
    assert.deepEqual(named.vagueNames, []);
    await assert.rejects(
      writeClassNames(named, file),
      (error: unknown) => error instanceof CoopError && error.code === 'file.access',
    );
    await assert.rejects(writeClassNames(named, path.join(root, 'no/where.csv')), CoopError);
    assert.equal(existsSync(path.join(root, 'no')), false);
  });

  it('survive the classes file whatever they are', () => {
    const cell = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map(text => text.replace(/\s+/g, ' ').trim())
      .filter(text => text !== '');
    const distinct = fc.uniqueArray(cell, {
      minLength: 1,
      maxLength: 8,
      selector: text => text.normalize('NFC'),
    });
    fc.assert(
      fc.property(distinct, folders => {
        const list = { names: folders.map(folder => `${folder}!`), columns: new Map([['kind', folders]]) };
        assert.deepEqual(parseClasses(classesText(folders, list), folders, 'classes.csv'), list);
      }),
    );
  });
});
