import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DamagedRun } from '../../src/shared/contracts/run';
import type { ScanResult } from '../../src/shared/contracts/scan';
import { CommandLine } from './support/command-line';
import { oldProject } from './support/old-project';

describe('command line: what it cannot use', () => {
  let cli: CommandLine;
  before(() => {
    cli = new CommandLine(oldProject());
  });
  after(() => cli.remove());

  it('tells the lines of a document that it cannot read, whatever it does with the others', async () => {
    const text = '@images ./images/groups\n@model icon-clip\n@split shotz 4\na photo of a {}.\n';
    writeFileSync(cli.at('split.prompts'), text);
    for (const args of [
      ['learn', 'split.prompts', '--layout', '{}'],
      ['suggest', 'split.prompts', '--line', 'none'],
      ['predict', 'none.png', '--prompts', 'split.prompts'],
      ['export', '--prompts', 'split.prompts', '--line', 'none', '--out', 'none.json'],
    ]) {
      const { stderr } = await cli.run(...args);
      assert.match(stderr, /error: @split shotz 4 is not understood/, args[0]);
    }
  });

  it('refuses values beside a run that says them itself', async () => {
    for (const more of [['demo.prompts'], ['--shots', '4'], ['--no-baselines'], ['--fresh']]) {
      const { code, stderr } = await cli.run('learn', '--run', 'nowhere', ...more);
      assert.deepEqual([code, /takes no other values/.test(stderr)], [2, true], stderr);
    }
    const alone = await cli.run('learn', '--run', 'nowhere', '--save-every', '5', '--json');
    assert.doesNotMatch(alone.stderr, /takes no other values/);
  });

  it('names the thing and the next step for bad input, with the documented codes', async () => {
    const write = (text: string) => writeFileSync(cli.at('bad.prompts'), text);
    const head = '@images ./images/groups\n@model icon-clip\n';
    for (const [text, wanted, code] of [
      ['a photo\n', /no place for the class name/, 3],
      ['@model icon-clip\na {}\n', /names no image folder/, 3],
      ['@images ./nowhere\n@model icon-clip\na {}\n', /nowhere/, 3],
      ['@images ./images/groups\n@model no-such-model\na {}\n', /no-such-model/, 3],
      [`${head}${'very '.repeat(90)}{}\n`, /tokens for the class/, 3],
      [`${head}a <missing> {}\n`, /no learned context “missing”/, 3],
    ] as const) {
      write(text);
      const ended = await cli.run('score', 'bad.prompts');
      assert.match(ended.stdout + ended.stderr, wanted);
      assert.equal(ended.code, code, ended.stderr);
    }
    const one = cli.at('one/only');
    mkdirSync(one, { recursive: true });
    cpSync(cli.at('images/groups/activities/baseball.jpg'), path.join(one, 'a.jpg'));
    writeFileSync(path.join(one, 'empty.jpg'), '');
    writeFileSync(path.join(one, 'text.png'), 'no picture');
    const scan = await cli.json<ScanResult>('scan', 'one');
    assert.deepEqual(
      scan.problems.map(({ path: file, reason }) => [file, reason]),
      [
        ['only/empty.jpg', 'empty'],
        ['only/text.png', 'broken'],
      ],
    );
    write('@images ./one\n@model icon-clip\na {}\n');
    assert.match((await cli.run('score', 'bad.prompts')).stderr, /one class only, “only”/);
    const words = await cli.run('learn', 'demo.prompts', '--layout', '[words:4] {} [V:2]');
    assert.deepEqual([words.code, /more to learn than one slot of words/.test(words.stderr)], [3, true]);
    assert.equal((await cli.run('nonsense')).code, 2);
    const device = await cli.run('score', 'demo.prompts', '--device', 'gpu');
    assert.deepEqual([device.code, device.stdout], [2, '']);
    assert.match(device.stderr, /no device “gpu”\.\n {2}Use auto, cpu, webgpu/);
    assert.equal((await cli.run('report', 'nothing')).code, 3);
  });

  it('runs names a damaged run and why', async () => {
    const elsewhere = new CommandLine(mkdtempSync(path.join(os.tmpdir(), 'coop-cli-')));
    const damagedRun = elsewhere.at('.coop', 'runs', 'torn');
    mkdirSync(damagedRun, { recursive: true });
    writeFileSync(path.join(damagedRun, 'run.json'), '{"format": 1, "id"');
    const { stdout } = await elsewhere.run('runs');
    assert.match(stdout, /^Damaged:\n {2}.*torn.*run\.json is damaged: it is not JSON\.$/m);
    const { damaged } = await elsewhere.json<{ damaged: readonly DamagedRun[] }>('runs');
    assert.deepEqual([damaged.length, damaged[0]?.error.code], [1, 'run.corrupt']);
    elsewhere.remove();
  });
});
