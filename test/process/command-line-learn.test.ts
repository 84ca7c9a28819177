import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '../../src/shared/contracts/report';
import type { RunEvent } from '../../src/shared/contracts/run';
import { CommandLine } from './support/command-line';
import { sampleProject } from './support/sample-project';

describe('command line: learn', () => {
  let cli: CommandLine;
  beforeEach(() => {
    cli = new CommandLine(sampleProject());
  });
  afterEach(() => cli.remove());

  it('learn draws from a split file as CoOp does, and says how many shots there are', async () => {
    const names = ['objects', 'symbols', 'activities'];
    const lists: Record<string, [string, number, string][]> = { train: [], val: [], test: [] };
    for (const [label, name] of names.entries()) {
      const files = readdirSync(cli.at('images/groups', name)).sort();
      const add = (part: string, from: number, to: number) => {
        for (const file of files.slice(from, to))
          lists[part]!.push([`${name}/${file}`, label, `the_${name}`]);
      };
      add('train', 0, label === 1 ? 3 : 9);
      add('val', 9, 16);
      add('test', 16, 22);
    }
    writeFileSync(cli.at('split.json'), JSON.stringify(lists));
    writeFileSync(
      cli.at('d.prompts'),
      '@images images/groups\n@model icon-clip\n@split coop split.json\na photo of a {}.\n[V:2] {}.\n',
    );
    const args = [
      'd.prompts',
      '--shots',
      '8',
      '--seeds',
      '1,2',
      '--epochs',
      '1',
      '--device',
      'cpu',
      '--json',
    ];
    const { code, stdout, stderr } = await cli.run('learn', ...args);
    assert.equal(code, 0, stderr);
    const { report, directory } = JSON.parse(stdout) as { report: Report; directory: string };
    assert.deepEqual(report.classes, ['the objects', 'the symbols', 'the activities']);
    const { counts, split } = report.provenance;
    assert.deepEqual(
      [counts.train, counts.perClass, counts.dev, counts.test],
      [19, { min: 3, max: 8 }, 21, 18],
    );
    assert.match(split, /^published \(split\.json\)/);
    const fewer =
      '8 shots are 3 to 8 here: 1 class has fewer images to learn from, “the symbols” (3), and gives all.';
    const left = /^split\.json names nothing in 5 folders with \d+ images/;
    assert.match(report.warnings![0]!, left);
    assert.ok(report.warnings!.includes(fewer));
    assert.ok(stderr.includes(`warning: ${fewer}`), stderr);
    const scored = await cli.run('score', 'd.prompts');
    assert.match(scored.stderr, /^warning: split\.json names nothing in 5 folders/m);
    // min(8, 4) of each class's seven, other ones for each seed.
    const events = readFileSync(path.join(directory, 'events.jsonl'), 'utf8').trim().split('\n');
    const baselines = events
      .map(line => JSON.parse(line) as RunEvent)
      .filter(({ type }) => type === 'baseline');
    assert.deepEqual(
      baselines.map(event => 'devCount' in event && event.devCount),
      [12, 12],
    );
  });

  it('learns from random views: encoded in every epoch (paper) or once (views), the same at each repetition', async () => {
    const learn = async (...args: string[]) => {
      const common = ['learn', 'demo.prompts', '--epochs', '4', '--shots', '2', '--fresh', '--device', 'cpu'];
      const { directory, report } = await cli.json<{ directory: string; report: Report }>(...common, ...args);
      const bytes = readFileSync(path.join(directory, 'context.safetensors'));
      return { report, values: bytes.subarray(8 + Number(bytes.readBigUInt64LE(0))) };
    };
    const paper = await learn('--recipe', 'paper');
    const { recipe } = paper.report.provenance;
    assert.ok('name' in recipe && recipe.name === 'paper');
    assert.deepEqual((await learn('--recipe', 'paper')).values, paper.values);
    const views = await learn('--recipe', 'views', '--views', '2');
    assert.match(views.report.provenance.command, /--recipe views --views 2 /);
    assert.deepEqual((await learn('--recipe', 'views', '--views', '2')).values, views.values);
    // With as many views as epochs, each epoch has the view that the paper's would have.
    assert.deepEqual((await learn('--recipe', 'views', '--views', '4')).values, paper.values);
    assert.notDeepEqual(views.values, paper.values);
    assert.equal((await cli.run('learn', 'demo.prompts', '--recipe', 'slowest')).code, 2);
    const wrong = await cli.run('learn', 'demo.prompts', '--shots', 'few');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--shots <n>.*“few” is no positive whole number/);
  });
});
