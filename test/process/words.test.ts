import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TargetReport } from '../../src/engine/jobs/report-targets';
import type { ScoreResult } from '../../src/shared/contracts/protocol';
import type { Report } from '../../src/shared/contracts/report';
import { parsePrompts } from '../../src/shared/template/parse-prompts';
import { CommandLine } from './support/command-line';
import { sampleProject } from './support/sample-project';

describe('words in the terminal', () => {
  let cli: CommandLine;
  let file: string;
  const document = '@images ./images/groups\n@model icon-clip\na photo of a {}.\n[words:3] {}.\n';

  before(() => {
    cli = new CommandLine(sampleProject());
    file = cli.at('w.prompts');
    writeFileSync(file, document);
  });
  after(() => cli.remove());

  it('refuses values that its kind of line does not learn with', async () => {
    for (const [args, said] of [
      [['--epochs', '5'], /not learned in epochs/],
      [['--recipe', 'paper'], /not learned in epochs/],
      [['--list', 'rare'], /no list “rare”/],
      [['--words', '10001'], /The list has 10,000 words/],
      [['--method', 'words'], /has a place for them/],
      [['--layout', '[V:4] {}.', '--words', '9'], /belong to a line with words/],
      [['--layout', '[words:1] [words:2] {}'], /more to learn than one slot/],
    ] as const) {
      const { code, stderr } = await cli.run('learn', 'w.prompts', ...args);
      assert.ok(code === 2 || code === 3, stderr);
      assert.match(stderr, said);
    }
  });

  it('learns a plain line, says how far it is to be believed, and applies it without any file', async () => {
    const learn = ['learn', 'w.prompts', '--shots', '8', '--words', '1200', '--no-baselines'];
    const { report, directory } = await cli.json<{ report: Report; directory: string }>(...learn);
    const [seed] = report.seeds;
    const { lines, selection } = seed!;
    const [line] = lines!;
    assert.match(line!, /^[a-z]+( [a-z]+){0,2} \{\}\.$/);
    assert.equal(report.results.at(-1)!.label, line);
    assert.equal(report.results.at(-2)!.label, `the ${lines!.length} lines found, averaged`);
    assert.equal(selection!.compared, lines!.length);
    assert.ok(selection!.candidates > 1200);
    assert.ok(selection!.dev.adjustedP >= selection!.dev.p);
    assert.deepEqual(selection!.random.lines, 20);
    assert.ok(!existsSync(path.join(directory, 'context.safetensors')));

    const scored = await cli.json<ScoreResult>('score', 'w.prompts', '--part', 'test', '--line', line!);
    const own = scored.scores.find(each => each.line === line)!.result;
    assert.ok(own.ok && own.accuracy.value === seed!.test.value);

    const shown = await cli.run('report');
    assert.match(shown.stdout, /candidates tried; the best of \d was chosen on dev images/);
    assert.match(shown.stdout, /--list common --words 1200/);
    const [target] = await cli
      .json<TargetReport[]>('report', '--on', 'images/groups')
      .then(answer => (Array.isArray(answer) ? answer : (answer as { targets: TargetReport[] }).targets));
    assert.equal(target!.rows.at(-1)!.label, line);

    await cli.json('apply', '--ensemble');
    const { ensembles, problems } = parsePrompts(readFileSync(file, 'utf8'));
    assert.deepEqual([ensembles[0]!.templates.map(each => each.line), problems], [lines, []]);
    writeFileSync(file, document);
    const applied = await cli.json<{ line: string; contextFile: null }>('apply');
    assert.deepEqual([applied.line, applied.contextFile], [line, null]);
    assert.equal(readFileSync(file, 'utf8'), document.replace('[words:3] {}.', line!));
    assert.ok(!existsSync(cli.at('.coop/contexts/w-8shot.safetensors')));

    // What lies in a run is data: a line that is no template is never put into a document.
    writeFileSync(file, document);
    const reportFile = path.join(directory, 'report.json');
    const text = readFileSync(reportFile, 'utf8');
    writeFileSync(reportFile, text.replaceAll(JSON.stringify(line), JSON.stringify(`${line}\n@images /etc`)));
    const refused = await cli.run('apply');
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /has no line to apply/);
    assert.equal(readFileSync(file, 'utf8'), document);
  });
});
