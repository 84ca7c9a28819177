import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExperimentResults } from '../../src/files/experiments/read-results';
import type { CellResult } from '../../src/shared/contracts/experiment-results';
import { root } from '../support/root';
import { buildCommand } from './support/build-command';
import { startCoop } from './support/run-coop';

const UNDRAWN = 'The figure “backbones” is not drawn: it needs several “models”, and the grid has one.';

interface Told {
  readonly jobs: number;
  readonly undrawn: readonly string[];
  readonly cells: readonly {
    readonly title: string;
    readonly status: string;
    readonly known?: boolean;
    readonly result?: CellResult;
    readonly error?: { readonly message: string };
  }[];
}

describe('an experiment', () => {
  let command: string;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-experiment-'));
  const results = path.join(folder, 'small.results');

  before(() => {
    command = buildCommand();
    cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
    const experiment = {
      title: 'Small',
      documents: ['demo.prompts'],
      datasets: [
        { name: 'half', images: 'images/groups', classes: 'subset base' },
        { name: 'gone', images: 'images/none' },
      ],
      models: ['icon-clip'],
      prompts: [{ name: 'M=4', layout: '[V:4] {}.' }],
      shots: [1, 2],
      seeds: [1, 2],
      recipe: { name: 'cached', epochs: 30 },
      targets: [{ name: 'new', classes: 'subset new' }],
      figures: ['curves', 'backbones'],
    };
    writeFileSync(path.join(folder, 'small.experiment.json'), JSON.stringify(experiment));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const start = (...args: readonly string[]) =>
    startCoop(command, folder, ['experiment', 'small.experiment.json', ...args]);

  const runs = () =>
    [path.join(folder, '.coop/runs'), path.join(results, 'documents/.coop/runs')].flatMap(place =>
      existsSync(place)
        ? readdirSync(place)
            // A kill while one was made leaves a hidden folder, which is none.
            .filter(name => !name.startsWith('.'))
            .map(name => {
              const events = path.join(place, name, 'events.jsonl');
              const learned = existsSync(events) && readFileSync(events, 'utf8').includes('"epoch"');
              return { name, directory: path.join(place, name), learned };
            })
        : [],
    );

  it('says what it takes, and nothing is learned by that', async () => {
    const { code, stdout, stderr } = await start('--plan', '--json').ended;
    assert.equal(code, 0);
    const { cells, undrawn } = JSON.parse(stdout) as Told;
    assert.deepEqual(undrawn, [UNDRAWN]);
    assert.ok(stderr.includes(UNDRAWN), stderr);
    const count = (status: string) => cells.filter(cell => cell.status === status).length;
    // Two data sets of one, two of shots, a prompt and a probe each, and the hand-written lines; one is not there.
    assert.deepEqual([count('waiting'), count('failed')], [10, 5]);
    assert.match(cells.find(({ status }) => status === 'failed')!.error!.message, /none/);
    assert.deepEqual(runs(), []);
    assert.ok(!existsSync(results), 'a plan writes nothing');
  });

  it('killed while it learns goes on, learns nothing twice, and measures the rest beside what fails', async () => {
    const killed = start();
    while (!runs().some(({ learned }) => learned)) {
      assert.equal(killed.child.exitCode, null, 'it ended before it learned');
      await sleep(20);
    }
    killed.child.kill('SIGKILL');
    await killed.ended;
    const begun = runs().map(({ name }) => name);
    // What a kill in the midst of writing leaves.
    const half = path.join(results, 'cells', '.half.json.4711-0123456789ab.tmp');
    mkdirSync(path.dirname(half), { recursive: true });
    writeFileSync(half, '{');

    const { code, stdout } = await start('--json').ended;
    // One data set is not there: the input is at fault.
    assert.equal(code, 3);
    const { cells } = JSON.parse(stdout) as Told;
    assert.deepEqual(cells.map(({ status, title }) => [title.startsWith('gone'), status]).sort(), [
      ...Array<[boolean, string]>(10).fill([false, 'done']),
      ...Array<[boolean, string]>(5).fill([true, 'failed']),
    ]);
    const all = runs().map(({ name }) => name);
    assert.equal(all.length, 4, 'two data sets and two numbers of shots');
    assert.ok(!existsSync(half));
    for (const name of begun) assert.ok(all.includes(name));

    const learned = cells.find(({ title }) => title.startsWith('half: M=4, 2'))!.result!;
    assert.deepEqual(
      learned.measurements.map(({ target, classes, seeds }) => [
        target,
        classes,
        seeds.map(({ seed }) => seed),
      ]),
      [
        [null, 4, [1, 2]],
        ['new', 4, [1, 2]],
      ],
    );
    for (const name of ['results.csv', 'table.md', 'table.tex', 'index.html', 'figures/few-shot.svg'])
      assert.ok(existsSync(path.join(results, name)), name);
    const page = readFileSync(path.join(results, 'index.html'), 'utf8');
    assert.match(page, /Not measured.*gone: M=4/s);
    assert.ok(page.includes(UNDRAWN));
    assert.deepEqual((await readExperimentResults(results)).undrawn, [UNDRAWN]);

    const again = await start('--json').ended;
    const told = JSON.parse(again.stdout) as Told;
    assert.ok(told.cells.every(({ status, known }) => status === 'failed' || known === true));
    assert.deepEqual(
      told.cells.map(({ result }) => result),
      cells.map(({ result }) => result),
    );
    assert.equal(runs().length, 4);

    // A measurement that is damaged is made again, from the run that is there.
    const [one] = readdirSync(path.join(results, 'cells'));
    writeFileSync(path.join(results, 'cells', one!), '{');
    const mended = JSON.parse((await start('--json').ended).stdout) as Told;
    assert.equal(mended.cells.filter(({ known }) => known === false).length, 1);
    assert.deepEqual(
      mended.cells.map(({ result }) => result?.measurements),
      cells.map(({ result }) => result?.measurements),
    );
    assert.equal(runs().length, 4);
  });

  it('killed when it had made a run and not begun it, begins that one', async () => {
    const { directory } = runs()[0]!;
    const file = path.join(directory, 'run.json');
    const inputs = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    for (const name of readdirSync(directory)) if (name !== 'run.json') rmSync(path.join(directory, name));
    writeFileSync(file, JSON.stringify({ ...inputs, createdAt: new Date().toISOString() }));
    rmSync(path.join(results, 'cells'), { recursive: true });
    assert.equal((await start('--json').ended).code, 3);
    assert.equal(runs().length, 4);
    assert.ok(runs().every(({ learned }) => learned));
  });
});
