import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TargetReport } from '../../src/engine/jobs/report-targets';
import type { Report } from '../../src/shared/contracts/report';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';

/** Arguments of a command for a POSIX shell, as bash takes them apart. */
function argumentsOf(command: string): string[] {
  const { stdout } = spawnSync('bash', ['-c', `for a in ${command}; do printf '%s\\0' "$a"; done`]);
  return stdout.toString().split('\0').slice(0, -1);
}

describe('the paper’s protocol in the terminal', () => {
  let command: string;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-protocol-'));

  before(async () => {
    command = await buildCommand();
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
    writeFileSync(
      path.join(folder, 'small.prompts'),
      '@images ./images/groups\n@model icon-clip\na photo of a {}.\nan icon of a {}.\n',
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function coop(args: readonly string[]) {
    const env = { ...process.env, COOP_CACHE_DIR: path.join(folder, 'cache') };
    return spawnSync(process.execPath, [command, ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
  }

  function report(args: readonly string[]): Report {
    const { status, stdout, stderr } = coop([...args, '--json']);
    assert.equal(status, 0, stderr);
    return (JSON.parse(stdout) as { readonly report: Report }).report;
  }

  it('takes every hyper-parameter as an option, and its repeat command carries them all', function () {
    if (process.platform === 'win32') this.skip();
    const asked =
      'small.prompts --line|an icon of a {}.|--ctx-init|a photo of a|--recipe|paper|--shots|1|--epochs|2|--batch|4|--lr|0.01|--momentum|0.5|--weight-decay|0|--warmup-epochs|0|--warmup-lr|0.001|--no-baselines|--device|cpu'
        .replace(' ', '|')
        .split('|');
    const first = report(['learn', ...asked]);
    assert.equal(first.template, '[V = "a photo of a"] {}.');
    assert.equal(first.baseline, 'an icon of a {}.');
    const { recipe, command: again } = first.provenance;
    assert.deepEqual(recipe, {
      method: 'coop',
      name: 'paper',
      shots: 1,
      seeds: [1, 2, 3],
      epochs: 2,
      batch: 4,
      learningRate: 0.01,
      momentum: 0.5,
      weightDecay: 0,
      warmupEpochs: 0,
      warmupLearningRate: 0.001,
    });
    const [program, ...args] = argumentsOf(again);
    assert.equal(program, 'coop');
    const second = report(args);
    assert.deepEqual(
      [second.provenance.recipe, second.template, second.baseline, second.seeds],
      [recipe, first.template, first.baseline, first.seeds],
    );
    assert.ok(!second.results.some(({ kind }) => kind === 'method'));
  });

  it('tries a finished run on other folders: the test images copied elsewhere give the report’s own numbers', () => {
    const choice = [
      '--shots',
      '2',
      '--seeds',
      '1,2',
      '--recipe',
      'cached',
      '--epochs',
      '2',
      '--device',
      'cpu',
    ];
    const learned = report(['learn', 'small.prompts', ...choice]);
    // Lines, what is learned, and the methods beside it: five fits, and ProLIP asked with the baseline and the best line.
    assert.equal(learned.results.length, 2 + 1 + 5 + 2);
    for (const { path: image } of learned.images) {
      const to = path.join(folder, 'shifted', image);
      mkdirSync(path.dirname(to), { recursive: true });
      cpSync(path.join(folder, 'images/groups', image), to);
    }
    const { status, stdout, stderr } = coop(['report', '--on', 'shifted', '--json']);
    assert.equal(status, 0, stderr);
    const [target] = (JSON.parse(stdout) as { readonly targets: readonly TargetReport[] }).targets;
    assert.deepEqual([target!.images, target!.classes, target!.ofClasses], [learned.images.length, 8, 8]);
    const { rows } = target!;
    assert.deepEqual(
      rows.map(({ label, accuracy, std }) => [label, accuracy.value, std]).sort(),
      learned.results.map(({ label, test, std }) => [label, test.accuracy.value, std]).sort(),
    );
    assert.deepEqual(
      rows.at(-1)!.seeds,
      learned.seeds.map(({ test }) => test.value),
    );
  });

  it('refuses words that are no words, and two layouts', () => {
    for (const args of [
      ['--ctx-init', 'a "photo"'],
      ['--ctx-init', 'a photo', '--layout', '[V:4] {}.'],
    ])
      assert.equal(coop(['learn', 'small.prompts', ...args]).status, 2);
  });
});
