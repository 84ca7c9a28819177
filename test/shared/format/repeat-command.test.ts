import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import type { PromptSpec } from '../../../src/shared/contracts/method-spec';
import { repeatCommand } from '../../../src/shared/format/repeat-command';
import { shellArgument } from '../../../src/shared/format/shell-argument';
import { foreignText, UNSEEN } from '../../support/foreign-text';

const bash = spawnSync('bash', ['--version']).status === 0;
const powershell = spawnSync('pwsh', ['-v']).status === 0;
/** No argument of a process holds these. */
const possible = foreignText.map(text => text.replaceAll('\0', '').replace(/\p{Cs}/gu, ''));

/** What a shell hands over to a process for arguments as they stand in a command. */
function argumentsIn(shell: string, options: readonly string[], texts: readonly string[]): string[] {
  const show = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
  const { stdout, stderr, status } = spawnSync(
    shell,
    [...options, `node -e "${show}" -- ${texts.join(' ')}`],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as string[];
}

describe('commands for a shell', () => {
  it('are one line of what can be seen', () => {
    for (const shell of ['posix', 'windows'] as const)
      fc.assert(
        fc.property(foreignText, text => assert.doesNotMatch(shellArgument(text, shell), UNSEEN)),
        { numRuns: 2000 },
      );
  });

  it('hand over the very text in bash', function () {
    if (!bash) this.skip();
    const texts = [
      ...fc.sample(possible, 500),
      '',
      "it's",
      'a\nb',
      '[V:4] {}.',
      '!x',
      'größe',
      '\t\u001b1',
      '~',
      '$HOME',
    ];
    assert.deepEqual(
      argumentsIn(
        'bash',
        ['-c'],
        texts.map(text => shellArgument(text, 'posix')),
      ),
      texts,
    );
  });

  it('hand over the very text in PowerShell', function () {
    if (!powershell) this.skip();
    const texts = [...fc.sample(possible, 40), "it's", 'a\nb', '[V:4] {}.'];
    const options = ['-NoProfile', '-Command'];
    assert.deepEqual(
      argumentsIn(
        'pwsh',
        options,
        texts.map(text => `${shellArgument(text, 'windows')}`),
      ),
      texts,
    );
  });

  it('quote for Windows what both of its shells take, else as PowerShell does', () => {
    assert.equal(shellArgument('[V:4] {}.', 'windows'), '"[V:4] {}."');
    assert.equal(shellArgument('pets.prompts', 'windows'), 'pets.prompts');
    assert.equal(shellArgument("it's $5", 'windows'), "'it''s $5'");
    assert.equal(shellArgument('a\n$(b)', 'windows'), '"a$([char]::ConvertFromUtf32(0xa))`$(b)"');
  });

  it('repeat a run from its values alone', () => {
    const recipe: PromptSpec = {
      method: 'coop',
      name: 'views',
      views: 8,
      shots: 16,
      seeds: [1, 2],
      epochs: 50,
      batch: 32,
      learningRate: 0.002,
      momentum: 0.9,
      weightDecay: 0.0005,
      warmupEpochs: 1,
      warmupLearningRate: 1e-5,
    };
    const facts = {
      document: '/a b/-pets.prompts',
      template: "[V:16] {}'s.",
      replaces: "[V:16] {}'s.",
      baseline: 'a photo of a {}.',
      recipe,
      device: 'cpu',
      threads: 2,
    };
    assert.equal(
      repeatCommand(facts, 'posix'),
      "coop learn ./-pets.prompts --line '[V:16] {}'\\''s.' --shots 16 --seeds 1,2 --epochs 50 --recipe views --views 8 --batch 32 --lr 0.002 --momentum 0.9 --weight-decay 0.0005 --warmup-epochs 1 --warmup-lr 0.00001 --device cpu --threads 2 --fresh",
    );
    // Learned in place of a plain line, which is what it is compared with.
    const plain = { ...facts, replaces: 'a {}.', baseline: 'a {}.', comparisons: false };
    assert.ok(
      repeatCommand(plain, 'posix').startsWith(
        "coop learn ./-pets.prompts --line 'a {}.' --layout '[V:16] {}'\\''s.' --shots 16",
      ),
    );
    assert.ok(repeatCommand(plain, 'posix').includes(' --no-baselines '));
  });
});
