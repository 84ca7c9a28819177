import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Draws } from '../../src/engine/task/draws';
import type { ScanResult } from '../../src/shared/contracts/scan';
import { root } from '../support/root';
import { CommandLine } from './support/command-line';

const sample = path.join(root, 'media/sample');

describe('command line: scan, datasets', () => {
  let cli: CommandLine;
  beforeEach(() => {
    cli = new CommandLine(mkdtempSync(path.join(os.tmpdir(), 'coop-cli-')));
  });
  afterEach(() => cli.remove());

  it('scan lists the classes', async () => {
    cpSync(sample, cli.folder, { recursive: true });
    const scan = await cli.json<ScanResult>('scan', 'demo.prompts');
    assert.equal(scan.imageCount, 855);
    assert.deepEqual(scan.classes.map(({ name }) => name).slice(0, 2), ['activities', 'animals and nature']);
    assert.deepEqual([scan.problems, scan.duplicates, scan.layout], [[], [], 'classes']);
  });

  it('scan proposes names and writes them into a classes file', async () => {
    for (const name of ['001.Sooty_Tern', '002.Laysan_Albatross', '003.laysan_albatross'])
      cpSync(path.join(sample, 'images/groups/objects/axe.jpg'), cli.at('images', name, 'a.jpg'));
    const document = cli.at('birds.prompts');
    writeFileSync(document, '@images images\na photo of a {}.\n');
    const { stdout } = await cli.run('scan', document, '--write-classes', 'names.csv');
    assert.match(stdout, /^ {2}001\.Sooty Tern → Sooty Tern: a number before the name$/m);
    assert.match(stdout, /^ {2}002\.Laysan Albatross: a number before the name$/m);
    assert.match(
      stdout,
      /Wrote names\.csv: 1 proposed name; 2 names only you can know\.\n.*“@classes names\.csv”/,
    );
    writeFileSync(document, '@images images\n@classes names.csv\na photo of a {}.\n');
    const scan = await cli.json<ScanResult>('scan', document);
    assert.equal(scan.classes[0]!.name, 'Sooty Tern');
    const again = await cli.run('scan', document, '--write-classes', 'names.csv');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /names\.csv is there already/);
  });

  it('scan prints the images that CoOp’s code draws from a split file', async () => {
    const fixtures = path.join(root, 'test/fixtures/coop-splits');
    const published = JSON.parse(readFileSync(path.join(fixtures, 'published-draws.json'), 'utf8')) as {
      readonly draws: Record<string, { shots: number; seed: number; train: string; val: string }[]>;
    };
    const bytes = gunzipSync(readFileSync(path.join(fixtures, 'split_zhou_DescribableTextures.json.gz')));
    writeFileSync(cli.at('split.json'), bytes);
    const lists = JSON.parse(bytes.toString('utf8')) as Record<string, [string, number, string][]>;
    const image = cli.at('axe.jpg');
    cpSync(path.join(sample, 'images/groups/objects/axe.jpg'), image);
    for (const [place] of Object.values(lists).flat()) {
      mkdirSync(cli.at('images', path.dirname(place)), { recursive: true });
      linkSync(image, cli.at('images', place));
    }
    writeFileSync(cli.at('d.prompts'), '@images images\n@split coop split.json\n{} texture.\n');
    const scan = await cli.json<Draws & ScanResult>('scan', 'd.prompts', '--draws', '1,16', '--seeds', '1,3');
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
    const { stdout } = await cli.run('scan', 'd.prompts', '--draws', '16');
    assert.match(stdout, /^16 shots, seed 2: 752 training images \(16 per class\), 188 to validate$/m);
    rmSync(cli.at('images/zigzagged'), { recursive: true });
    const refused = await cli.run('scan', 'd.prompts', '--draws', '16');
    assert.equal(refused.code, 3);
    assert.match(
      refused.stderr,
      /5,640 images, 120 of which are not usable.*1 class has none at all: “zigzagged”/,
    );
  });

  it('scan writes a list of images without classes, to be labelled', async () => {
    for (const name of ['axe.jpg', 'backpack.jpg'])
      cpSync(path.join(sample, 'images/groups/objects', name), cli.at('photos', `${name}, mine.jpg`));
    const { code, stdout } = await cli.run('scan', 'photos', '--write-labels', 'labels.csv');
    assert.equal(code, 0);
    assert.match(stdout, /^Nothing says which classes they are of.*--write-labels/m);
    const file = cli.at('labels.csv');
    const list = readFileSync(file, 'utf8');
    assert.equal(list, 'file,label\n"photos/axe.jpg, mine.jpg",\n"photos/backpack.jpg, mine.jpg",\n');
    writeFileSync(
      file,
      list.replace('axe.jpg, mine.jpg",', 'axe.jpg, mine.jpg",tool').replace(/,\n$/, ',bag\n'),
    );
    const scan = await cli.json<ScanResult>('scan', 'labels.csv');
    assert.deepEqual(
      scan.classes.map(({ name, count }) => [name, count]),
      [
        ['bag', 1],
        ['tool', 1],
      ],
    );
    const again = await cli.run('scan', 'photos', '--write-labels', 'labels.csv');
    assert.match(again.stderr, /labels\.csv is there already/);
    mkdirSync(cli.at('other'));
    const beside = await cli.run('scan', 'photos', '--write-labels', 'other/labels.csv');
    assert.equal(beside.code, 2);
  });

  it('datasets says what is missing of the paper’s, and where to get it', async () => {
    mkdirSync(cli.at('dtd/images'), { recursive: true });
    const { code, stdout } = await cli.run('datasets', '.');
    assert.equal(code, 0);
    assert.match(stdout, /^DescribableTextures +incomplete/m);
    assert.match(stdout, /^ImageNet-R +absent/m);
    assert.match(stdout, /split_zhou_DescribableTextures\.json is missing\n +https:\/\/drive\.google\.com/);
    assert.match(stdout, /^0 data sets are complete, of 15\.$/m);
    const { dataSets } = await cli.json<{ dataSets: { name: string; state: string }[] }>('datasets', '.');
    assert.equal(dataSets.filter(({ state }) => state === 'absent').length, 14);
    writeFileSync(cli.at('dtd/split_zhou_DescribableTextures.json'), '{}');
    assert.match(
      (await cli.run('datasets', 'dtd')).stderr,
      /dtd is itself the folder of DescribableTextures/,
    );
  });
});
