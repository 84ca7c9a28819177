import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { decodeImage } from '../../../src/engine/images/decode-image';
import { encodePng } from '../../../src/engine/images/encode-png';
import { resize } from '../../../src/engine/images/resize';
import { taskWarnings } from '../../../src/engine/jobs/task-warnings';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { root } from '../../support/root';

const SAMPLE = path.join(root, 'media/sample');
const PER_CLASS = 24;

describe('near-duplicates', () => {
  let folder: string;

  /** Three classes of the sample; with copies, each picture a second time as PNG at 70 % of its size, or one in six. */
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-copies-'));
    const groups = path.join(SAMPLE, 'images/groups');
    for (const name of readdirSync(groups).slice(1, 4)) {
      for (const set of ['single', 'copied', 'rare'])
        mkdirSync(path.join(folder, set, name), { recursive: true });
      for (const [at, file] of readdirSync(path.join(groups, name)).slice(0, PER_CLASS).entries()) {
        const from = path.join(groups, name, file);
        for (const set of ['single', 'copied', 'rare']) cpSync(from, path.join(folder, set, name, file));
        const image = await decodeImage(readFileSync(from));
        const [width, height] = [Math.round(image.width * 0.7), Math.round(image.height * 0.7)];
        const window = { left: 0, top: 0, width, height };
        const pixels = resize(image, { width, height, window, interpolation: 'bilinear' });
        for (const set of at % 6 === 0 ? ['copied', 'rare'] : ['copied'])
          writeFileSync(
            path.join(folder, set, name, `${path.parse(file).name}.png`),
            encodePng(pixels, width, height),
          );
      }
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const task = (set: string, split = '') =>
    new TaskShelf().open(
      openProject({
        path: path.join(folder, 'copies.prompts'),
        text: `@images ./${set}\n@model ${SAMPLE}/icon-clip\n${split}a photo of a {}.\n`,
      }),
    );
  const picture = (file: string) => file.replace(/\.\w+$/, '');

  it('of dev and test images are not learned from, and told with an example', async () => {
    const opened = await task('copied');
    const warnings: string[] = [];
    const shots = await opened.shots(16, 1, { onWarning: message => warnings.push(message) });
    const held = new Set([...opened.images('dev'), ...opened.images('test')].map(each => picture(each.path)));
    assert.deepEqual(
      shots.images.filter(({ path: file }) => held.has(picture(file))),
      [],
    );
    assert.ok(shots.images.length > 0);
    const leaking = opened.images('pool').filter(({ path: file }) => held.has(picture(file)));
    assert.ok(leaking.length > 20);
    assert.deepEqual(
      opened.nearDuplicates.map(({ image }) => image.path).sort(),
      leaking.map(image => image.path).sort(),
    );
    for (const { image, of } of opened.nearDuplicates) assert.equal(picture(image.path), picture(of.path));
    assert.equal(warnings.length, 2);
    assert.match(
      warnings[0]!,
      /^\d+ images to learn from show the same picture as a dev or test image, such as /,
    );
    const sizes = opened.classes.names.map(
      (_, label) => shots.images.filter(image => image.label === label).length,
    );
    const fewer = `16 shots are ${Math.min(...sizes)} to ${Math.max(...sizes)} here: `;
    assert.ok(Math.max(...sizes) < 16 && Math.min(...sizes) < Math.max(...sizes));
    assert.ok(warnings[1]!.startsWith(`Without the images that are passed over, ${fewer}`), warnings[1]);
  });

  it('are counted out where a report says what the shots are, and that all seeds learn from the same', async () => {
    const opened = await task('copied');
    const spec = { method: 'linear-probe', shots: 16, seeds: [1, 2] } as const;
    const draws = [(await opened.shots(16, 1)).images, (await opened.shots(16, 2)).images];
    const [fewer, same] = taskWarnings(opened, spec, draws);
    const sizes = opened.classes.names.map(
      (_, label) => draws[0]!.filter(image => image.label === label).length,
    );
    assert.ok(fewer!.startsWith(`16 shots are ${Math.min(...sizes)} to ${Math.max(...sizes)} here: `), fewer);
    assert.match(same!, /^All 2 seeds learn from the same images/);
  });

  it('are learned from where the document keeps them, and not from a given split where it groups them', async () => {
    const kept = await task('copied', '@split shots 16 seed 1 keep near-duplicates\n');
    const warnings: string[] = [];
    const shots = await kept.shots(16, 1, { onWarning: message => warnings.push(message) });
    const held = new Set([...kept.images('dev'), ...kept.images('test')].map(each => picture(each.path)));
    assert.ok(shots.images.some(({ path: file }) => held.has(picture(file))));
    assert.match(warnings[0]!, /The document keeps near-duplicates, so they stay\.$/);
    const usual = await task('copied');
    assert.notEqual(kept.dataset.partsHash, usual.dataset.partsHash);
    const said = await task('copied', '@split shots 16 seed 1 group near-duplicates\n');
    assert.equal(said.dataset.partsHash, usual.dataset.partsHash);

    for (const [part, names] of [
      ['train', ['single', 'copied']],
      ['val', ['single']],
      ['test', ['single']],
    ] as const)
      for (const name of names)
        cpSync(path.join(folder, name), path.join(folder, 'given', part), { recursive: true });
    const given = await task('given', '@split folders\n');
    const drawn = await given.shots(4, 1);
    assert.ok(drawn.images.length > 0);
    const grouped = await task('given', '@split folders group near-duplicates\n');
    const none = await grouped.shots(4, 1);
    assert.deepEqual(none.images, [], 'each picture is in another part, too');
  });

  it('leave what a seed draws as it is, whatever other seeds drew before it', async () => {
    const paths = async (order: readonly number[]) => {
      const opened = await task('rare');
      const drawn = new Map<number, readonly string[]>();
      // Few shots: some seeds meet a copy, others do not.
      for (const seed of order)
        drawn.set(
          seed,
          (await opened.shots(1, seed)).images.map(each => each.path),
        );
      return order.toSorted((a, b) => a - b).map(seed => drawn.get(seed));
    };
    const seeds = Array.from({ length: 12 }, (_, at) => at + 1);
    assert.deepEqual(await paths(seeds.toReversed()), await paths(seeds));
  });

  it('are none among different pictures', async () => {
    const opened = await task('single');
    const shots = await opened.shots(16, 1, { onWarning: message => assert.fail(message) });
    assert.deepEqual(opened.nearDuplicates, []);
    assert.ok(shots.images.length > 20);
  });
});
