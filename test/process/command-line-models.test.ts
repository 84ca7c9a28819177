import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeImage } from '../../src/engine/images/decode-image';
import { preprocess } from '../../src/engine/images/preprocess';
import { openModel } from '../../src/engine/models/shelf/open-model';
import type { FoundModel } from '../../src/shared/contracts/protocol';
import { root } from '../support/root';
import { CommandLine } from './support/command-line';
import { sampleProject } from './support/sample-project';

const sample = path.join(root, 'media/sample');

describe('command line: embed, tokenize, preprocess, models', () => {
  let cli: CommandLine;
  before(() => {
    cli = new CommandLine(sampleProject());
  });
  after(() => cli.remove());

  it('embed writes unit vectors in input order, tokenize ids with SOT and EOT', async () => {
    const image = cli.at('images/groups/activities/baseball.jpg');
    const out = cli.at('e.jsonl');
    const { code, stderr } = await cli.start(
      ['embed', '--model', 'icon-clip', '--texts', '-', '--images', image, '--out', out],
      { input: 'a dog\na cat\n' },
    ).ended;
    assert.equal(code, 0, stderr);
    const rows = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      rows.map(row => row['text'] ?? 'image'),
      ['a dog', 'a cat', 'image'],
    );
    for (const row of rows) {
      const values = (row['text_embeds'] ?? row['image_embeds']) as number[];
      assert.ok(Math.abs(Math.hypot(...values) - 1) < 1e-5);
    }
    const tokens = await cli.start(['tokenize', '--model', 'icon-clip'], { input: 'dog dog\n\n' }).ended;
    assert.equal(tokens.stdout, '[3910,1960,1960,3911]\n[3910,3911]\n');
  });

  it('embed takes as many files as a shell hands over, and names one that cannot be read', async () => {
    const image = cli.at('images/groups/activities/baseball.jpg');
    const out = cli.at('many.jsonl');
    const files = Array.from({ length: 2000 }, () => image);
    const many = await cli.run('embed', '--model', 'icon-clip', '--images', ...files, '--out', out);
    assert.equal(many.code, 0, many.stderr);
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    assert.equal(lines.length, files.length);
    assert.equal(new Set(lines).size, 1);
    const text = cli.at('no-image.jpg');
    writeFileSync(text, 'text');
    const bad = await cli.run('embed', '--model', 'icon-clip', '--images', image, text, '--out', out);
    assert.equal(bad.code, 3);
    assert.match(bad.stderr, /no-image\.jpg cannot be read/);
  });

  it('preprocess writes what the model sees, models lists what @model can name', async () => {
    const image = cli.at('images/groups/activities/baseball.jpg');
    const out = cli.at('seen.png');
    const seen = await cli.run('preprocess', image, '--model', 'icon-clip', '--out', out);
    assert.equal(seen.code, 0, seen.stderr);
    const png = await decodeImage(readFileSync(out), { subject: out });
    const { preprocess: spec } = await openModel(path.join(sample, 'icon-clip'));
    const direct = preprocess(await decodeImage(readFileSync(image), { subject: image }), spec);
    assert.deepEqual([...png.rgb], [...direct]);
    const broken = cli.at('broken-model');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'model.safetensors'), 'no header');
    const models = await cli.json<readonly FoundModel[]>('models', broken);
    assert.ok(
      models.some(model => model.ok && model.name === 'icon-clip' && model.textTower.endsWith('× 3')),
    );
    assert.ok(models.some(model => !model.ok && model.folder === broken));
  });
});
