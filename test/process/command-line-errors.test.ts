import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DamagedRun } from '../../src/shared/contracts/run';
import type { ScanResult } from '../../src/shared/contracts/scan';
import { buildCommand } from './support/build-command';
import { oldProject } from './support/old-project';
import { askCoop, runCoop } from './support/run-coop';

describe('command line: what it cannot use', function () {
  this.timeout(120_000);
  let command: string;
  let folder: string;
  before(() => {
    command = buildCommand();
    folder = oldProject();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const coop = (...args: string[]) => runCoop(command, folder, args);
  const json = <T>(...args: string[]) => askCoop<T>(command, folder, args);

  it('names the thing and the next step for bad input, with the documented codes', async () => {
    const write = (text: string) => writeFileSync(path.join(folder, 'bad.prompts'), text);
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
      const ended = await coop('score', 'bad.prompts');
      assert.match(ended.stdout + ended.stderr, wanted);
      assert.equal(ended.code, code, ended.stderr);
    }
    const one = path.join(folder, 'one/only');
    mkdirSync(one, { recursive: true });
    cpSync(path.join(folder, 'images/groups/activities/baseball.jpg'), path.join(one, 'a.jpg'));
    writeFileSync(path.join(one, 'empty.jpg'), '');
    writeFileSync(path.join(one, 'text.png'), 'no picture');
    const scan = await json<ScanResult>('scan', 'one');
    assert.deepEqual(
      scan.problems.map(({ path: file, reason }) => [file, reason]),
      [
        ['only/empty.jpg', 'empty'],
        ['only/text.png', 'broken'],
      ],
    );
    write('@images ./one\n@model icon-clip\na {}\n');
    assert.match((await coop('score', 'bad.prompts')).stderr, /one class only, “only”/);
    const words = await coop('learn', 'demo.prompts', '--layout', '[words:4] {} [V:2]');
    assert.deepEqual([words.code, /more to learn than one slot of words/.test(words.stderr)], [3, true]);
    assert.equal((await coop('nonsense')).code, 2);
    assert.equal((await coop('report', 'nothing')).code, 3);
  });

  it('runs names a damaged run and why', async () => {
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'coop-cli-'));
    const damagedRun = path.join(elsewhere, '.coop', 'runs', 'torn');
    mkdirSync(damagedRun, { recursive: true });
    writeFileSync(path.join(damagedRun, 'run.json'), '{"format": 1, "id"');
    const { stdout } = await runCoop(command, elsewhere, ['runs']);
    assert.match(stdout, /^Damaged:\n {2}.*torn.*run\.json is damaged: it is not JSON\.$/m);
    const { damaged } = await askCoop<{ damaged: readonly DamagedRun[] }>(command, elsewhere, ['runs']);
    assert.deepEqual([damaged.length, damaged[0]?.error.code], [1, 'run.corrupt']);
    rmSync(elsewhere, { recursive: true });
  });
});
