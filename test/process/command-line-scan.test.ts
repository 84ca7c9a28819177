import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Draws } from '../../src/engine/task/draws';
import type { ScanResult } from '../../src/shared/contracts/scan';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { askCoop, runCoop } from './support/run-coop';

const sample = path.join(root, 'media/sample');

describe('command line: scan, datasets', function () {
  this.timeout(120_000);
  let command: string;
  let folder: string;
  before(() => {
    command = buildCommand();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const coop = (...args: string[]) => runCoop(command, folder, args);
  const json = <T>(...args: string[]) => askCoop<T>(command, folder, args);

  it('scan lists the classes', async () => {
    cpSync(sample, folder, { recursive: true });
    const scan = await json<ScanResult>('scan', 'demo.prompts');
    assert.equal(scan.imageCount, 855);
    assert.deepEqual(scan.classes.map(({ name }) => name).slice(0, 2), ['activities', 'animals and nature']);
    assert.deepEqual([scan.problems, scan.duplicates, scan.layout], [[], [], 'classes']);
  });

  it('scan proposes names and writes them into a classes file', async () => {
    for (const name of ['001.Sooty_Tern', '002.Laysan_Albatross', '003.laysan_albatross'])
      cpSync(path.join(sample, 'images/groups/objects/axe.jpg'), path.join(folder, 'images', name, 'a.jpg'));
    const document = path.join(folder, 'birds.prompts');
    writeFileSync(document, '@images images\na photo of a {}.\n');
    const { stdout } = await coop('scan', document, '--write-classes', 'names.csv');
    assert.match(stdout, /^ {2}001\.Sooty Tern → Sooty Tern: a number before the name$/m);
    assert.match(stdout, /^ {2}002\.Laysan Albatross: a number before the name$/m);
    assert.match(
      stdout,
      /Wrote names\.csv: 1 proposed name; 2 names only you can know\.\n.*“@classes names\.csv”/,
    );
    writeFileSync(document, '@images images\n@classes names.csv\na photo of a {}.\n');
    const scan = await json<ScanResult>('scan', document);
    assert.equal(scan.classes[0]!.name, 'Sooty Tern');
    const again = await coop('scan', document, '--write-classes', 'names.csv');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /names\.csv is there already/);
  });

  it('scan prints the images that CoOp’s code draws from a split file', async () => {
    const fixtures = path.join(root, 'test/fixtures/coop-splits');
    const published = JSON.parse(readFileSync(path.join(fixtures, 'published-draws.json'), 'utf8')) as {
      readonly draws: Record<string, { shots: number; seed: number; train: string; val: string }[]>;
    };
    const bytes = gunzipSync(readFileSync(path.join(fixtures, 'split_zhou_DescribableTextures.json.gz')));
    writeFileSync(path.join(folder, 'split.json'), bytes);
    const lists = JSON.parse(bytes.toString('utf8')) as Record<string, [string, number, string][]>;
    const image = path.join(folder, 'axe.jpg');
    cpSync(path.join(sample, 'images/groups/objects/axe.jpg'), image);
    for (const [place] of Object.values(lists).flat()) {
      mkdirSync(path.join(folder, 'images', path.dirname(place)), { recursive: true });
      linkSync(image, path.join(folder, 'images', place));
    }
    writeFileSync(path.join(folder, 'd.prompts'), '@images images\n@split coop split.json\n{} texture.\n');
    const scan = await json<Draws & ScanResult>('scan', 'd.prompts', '--draws', '1,16', '--seeds', '1,3');
    const { pool, dev, test } = scan.parts;
    assert.deepEqual([pool.length, dev.length, test.length], [2820, 1128, 1692]);
    const hashOf = (paths: readonly string[]) => createHash('sha256').update(paths.join('\n')).digest('hex');
    assert.deepEqual(
      scan.draws.map(({ shots, seed, train, val }) => ({
        shots,
        seed,
        train: hashOf(train),
        val: hashOf(val),
      })),
      [1, 16].flatMap(shots =>
        [1, 3].map(seed =>
          published.draws['DescribableTextures']!.find(draw => draw.shots === shots && draw.seed === seed),
        ),
      ),
    );
    const { stdout } = await coop('scan', 'd.prompts', '--draws', '16');
    assert.match(stdout, /^16 shots, seed 2: 752 training images \(16 per class\), 188 to validate$/m);
    rmSync(path.join(folder, 'images/zigzagged'), { recursive: true });
    const refused = await coop('scan', 'd.prompts', '--draws', '16');
    assert.equal(refused.code, 3);
    assert.match(
      refused.stderr,
      /5,640 images, 120 of which are not usable.*1 class has none at all: “zigzagged”/,
    );
  });

  it('scan writes a list of images without classes, to be labelled', async () => {
    for (const name of ['axe.jpg', 'backpack.jpg'])
      cpSync(
        path.join(sample, 'images/groups/objects', name),
        path.join(folder, 'photos', `${name}, mine.jpg`),
      );
    const { code, stdout } = await coop('scan', 'photos', '--write-labels', 'labels.csv');
    assert.equal(code, 0);
    assert.match(stdout, /^Nothing says which classes they are of.*--write-labels/m);
    const file = path.join(folder, 'labels.csv');
    const list = readFileSync(file, 'utf8');
    assert.equal(list, 'file,label\n"photos/axe.jpg, mine.jpg",\n"photos/backpack.jpg, mine.jpg",\n');
    writeFileSync(
      file,
      list.replace('axe.jpg, mine.jpg",', 'axe.jpg, mine.jpg",tool').replace(/,\n$/, ',bag\n'),
    );
    const scan = await json<ScanResult>('scan', 'labels.csv');
    assert.deepEqual(
      scan.classes.map(({ name, count }) => [name, count]),
      [
        ['bag', 1],
        ['tool', 1],
      ],
    );
    const again = await coop('scan', 'photos', '--write-labels', 'labels.csv');
    assert.match(again.stderr, /labels\.csv is there already/);
    mkdirSync(path.join(folder, 'other'));
    const beside = await coop('scan', 'photos', '--write-labels', 'other/labels.csv');
    assert.equal(beside.code, 2);
  });

  it('datasets says what is missing of the paper’s, and where to get it', async () => {
    mkdirSync(path.join(folder, 'dtd/images'), { recursive: true });
    const { code, stdout } = await coop('datasets', '.');
    assert.equal(code, 0);
    assert.match(stdout, /^DescribableTextures +incomplete/m);
    assert.match(stdout, /^ImageNet-R +absent/m);
    assert.match(stdout, /split_zhou_DescribableTextures\.json is missing\n +https:\/\/drive\.google\.com/);
    assert.match(stdout, /^0 data sets are complete, of 15\.$/m);
    const { dataSets } = await json<{ dataSets: { name: string; state: string }[] }>('datasets', '.');
    assert.equal(dataSets.filter(({ state }) => state === 'absent').length, 14);
    writeFileSync(path.join(folder, 'dtd/split_zhou_DescribableTextures.json'), '{}');
    assert.match((await coop('datasets', 'dtd')).stderr, /dtd is itself the folder of DescribableTextures/);
  });
});
