import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScoreResult } from '../../src/shared/contracts/protocol';
import type { Report } from '../../src/shared/contracts/report';
import type { DamagedRun, RunSummary } from '../../src/shared/contracts/run';
import type { RunAnswers } from '../../src/shared/contracts/run-answers';
import { outcomeOf } from '../../src/shared/verdicts/outcome';
import { CommandLine } from './support/command-line';
import { sampleProject } from './support/sample-project';

interface ListedRuns {
  readonly runs: readonly RunSummary[];
  readonly damaged: readonly DamagedRun[];
}

describe('command line: an interrupted run', () => {
  let cli: CommandLine;
  before(() => {
    cli = new CommandLine(sampleProject());
  });
  after(() => cli.remove());

  it('learn, killed and resumed, ends in the very context of an unbroken run; report and apply follow', async () => {
    const unbroken = new CommandLine(sampleProject());
    const { report } = await unbroken.json<{ report: Report }>('learn', 'demo.prompts', '--epochs', '60');
    const args = ['learn', 'demo.prompts', '--epochs', '60'];
    for (const wanted of [8, 30]) {
      const { child, ended } = cli.start(args);
      await untilEpoch(cli.folder, wanted);
      child.kill(wanted === 8 ? 'SIGKILL' : 'SIGINT');
      const { code, stderr } = await ended;
      if (wanted === 30) assert.equal(code, 130, stderr);
    }
    const { runs, damaged } = await cli.json<ListedRuns>('runs');
    const [run] = runs;
    assert.deepEqual(damaged, []);
    assert.equal(run!.status, 'stopped');
    const { stderr } = await cli.run(...args);
    assert.match(stderr, /Going on with the unfinished run/);
    assert.match(stderr, /Resumed at step [1-9]/);
    assert.equal((await cli.json<ListedRuns>('runs')).runs.length, 1);

    const { answers, ...resumed } = await cli.json<Report & { answers: RunAnswers }>('report');
    assert.deepEqual(
      answers.test.paths,
      resumed.images.map(image => image.path),
    );
    assert.deepEqual(
      answers.rows.map(row => row.label),
      [
        ...resumed.results
          .filter(({ kind }) => kind !== 'method' && kind !== 'learned')
          .map(({ label }) => label),
        '<demo-16shot> {}.',
        ...['linear probe', 'Tip-Adapter', 'GDA', 'ZS-LP', 'CLAP', 'ProLIP', 'ProLIP, a flat emoji of a {}.'],
      ],
    );
    for (const { label, test } of answers.rows) {
      const right = test.answers.filter((answer, i) => answer === answers.test.labels[i]).length;
      assert.equal(right / 342, resumed.results.find(row => row.label === label)!.test.accuracy.value, label);
      for (const shares of test.probabilities)
        assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-5, label);
    }
    assert.equal(answers.train[0]!.images.length, 128);
    const used = new Set([...answers.dev.paths, ...answers.test.paths]);
    assert.ok(
      answers.train[0]!.images.every(image => !used.has(image)),
      'no image is learned from and tested on',
    );
    await cli.run('report', '--csv', 'answers.csv');
    const table = readFileSync(cli.at('answers.csv'), 'utf8').trim().split('\r\n');
    assert.equal(table.length, 1 + 128 + answers.rows.length * (171 + 342));
    assert.deepEqual(resumed.confusion, report.confusion);
    assert.deepEqual(contextOf(cli.folder), contextOf(unbroken.folder));
    assert.ok(resumed.headline.difference > 0.05, 'learning gains on the sample');
    assert.equal(resumed.headline.n, 342);
    assert.equal(resumed.provenance.resumes, 1);

    const probe = resumed.results.find(({ kind }) => kind === 'method')!;
    assert.equal(probe.dev!.n, 171);
    assert.equal(probe.test.accuracy.n, 342);
    assert.equal(probe.delta!.n, 342);
    assert.ok(probe.delta!.low > 0 && probe.delta!.p < 0.001, 'eight classes of icons can be told apart');
    assert.deepEqual(
      probe,
      report.results.find(({ kind }) => kind === 'method'),
    );
    const { learned: sure, baseline: before } = resumed.confidence!;
    for (const [row, calibration] of [
      [resumed.results.at(-1)!, sure],
      [resumed.results.find(({ delta }) => delta === null)!, before],
    ] as const) {
      assert.ok(calibration.dev.after.nll <= calibration.dev.before.nll, 'dev is what it is fitted on');
      assert.ok(Math.abs(calibration.test.before.ece - row.test.ece) < 1e-12, row.label);
    }
    const { stdout: text } = await cli.run('report');
    assert.match(text, /expected calibration error on test images/);
    assert.match(text, /^80 % right +0\.\d\d +\d.* of 171, .* of 342, /m);
    assert.match(text, /^linear probe +\d.* %.* %.*\+\d.* pts.* p < 0\.001 +no prompt$/m);
    assert.match(text, /^The linear probe is no prompt .* the same 128 training images /m);

    await cli.run('report', '--html', 'report.html');
    const html = readFileSync(cli.at('report.html'), 'utf8');
    assert.match(html, /<title>CoOp report demo-16shot<\/title>/);
    const data = /id="report-data">(.*?)<\/script>/s.exec(html)![1]!;
    const shown = JSON.parse(data) as { report: Report; thumbnails: Record<string, string> };
    assert.deepEqual(shown.report, resumed);
    const flips = resumed.images.filter(image => ['fixed', 'broken'].includes(outcomeOf(image)));
    assert.ok(flips.every(flip => shown.thumbnails[flip.path]?.startsWith('data:image/png;base64,')));

    const { code } = await cli.run('apply');
    assert.equal(code, 0);
    assert.match(readFileSync(cli.at('demo.prompts'), 'utf8'), /^<demo-16shot> \{\}\.$/m);
    const { scores } = await cli.json<ScoreResult>('score', 'demo.prompts');
    const learned = scores.at(-1)!.result;
    assert.ok(learned.ok && learned.accuracy.value === resumed.seeds[0]!.dev.value);
    unbroken.remove();
  });
});

async function untilEpoch(folder: string, epoch: number): Promise<void> {
  const runs = path.join(folder, '.coop/runs');
  for (let tries = 0; tries < 600; tries++) {
    const [name] = existsSync(runs) ? readdirSync(runs) : [];
    const file = path.join(runs, name ?? '', 'events.jsonl');
    if (name !== undefined && existsSync(file) && readFileSync(file, 'utf8').includes(`"epoch":${epoch},`))
      return;
    await sleep(50);
  }
  assert.fail(`epoch ${epoch} never came`);
}

function contextOf(folder: string): Buffer {
  const runs = path.join(folder, '.coop/runs');
  const bytes = readFileSync(path.join(runs, readdirSync(runs)[0]!, 'context.safetensors'));
  // The header names the run and its time; the vectors follow it.
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}
