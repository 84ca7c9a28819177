import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readContext } from '../../src/files/contexts/learned-context';
import { contextFile } from '../../src/files/coop-folder';
import { readCheckpoint } from '../../src/files/runs/checkpoint';
import { findRuns, readEvents } from '../../src/files/runs/read-run';
import type { Report } from '../../src/shared/contracts/report';
import { buildCommand } from './support/build-command';
import { DONE, oldProject, STOPPED } from './support/old-project';
import { runCoop } from './support/run-coop';

/** The sample with two runs and a context as version 0.1 wrote them (in /tmp/sample, in November 2026). */
describe('what version 0.1 wrote', () => {
  let command: string;
  let folder: string;
  const coop = (...args: string[]) => runCoop(command, folder, args);
  const directoryOf = async (name: string) => {
    const { runs } = await findRuns(path.join(folder, '.coop/runs'));
    return runs.find(({ inputs }) => inputs.name === name)!.directory;
  };

  before(() => {
    command = buildCommand();
  });
  beforeEach(() => {
    folder = oldProject();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is listed and read whole: inputs, state, events, checkpoint, context', async () => {
    const { runs, damaged } = await findRuns(path.join(folder, '.coop/runs'));
    assert.deepEqual(damaged, []);
    assert.deepEqual(
      runs.map(({ inputs, status, hasReport }) => [inputs.name, status, hasReport]),
      [
        [STOPPED, 'stopped', false],
        [DONE, 'done', true],
      ],
    );
    assert.deepEqual(runs[1]!.inputs.recipe.seeds, [1, 2]);
    assert.equal(runs[1]!.state.devAccuracy, 0.2982456140350877);
    const { events, damaged: lost, unknown } = await readEvents(runs[1]!.directory);
    assert.equal(lost + unknown, 0);
    assert.equal(events.filter(({ type }) => type === 'epoch').length, 4);
    const checkpoint = await readCheckpoint(runs[0]!.directory);
    assert.equal(checkpoint!.tensors.get('context')!.length, 16 * 128);
    const { slots, width, devAccuracy } = await readContext(contextFile(folder, DONE));
    assert.deepEqual([slots.map(slot => slot.length), width, devAccuracy], [[4], 128, 0.2982456140350877]);
  });

  it('has a report that prints and becomes a page', async () => {
    const { code, stdout, stderr } = await coop('report', DONE, '--json', '--html', 'out.html');
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as Report;
    assert.equal(report.headline.difference, report.seeds[0]!.delta.difference);
    assert.equal(report.images.length, 342);
    assert.match(readFileSync(path.join(folder, 'out.html'), 'utf8'), /demo-16shot/);
  });

  it('is applied to the document beside it', async () => {
    const { code, stderr } = await coop('apply', DONE);
    assert.equal(code, 0, stderr);
    assert.match(readFileSync(path.join(folder, 'demo.prompts'), 'utf8'), /^<demo-16shot> \{\}\.$/m);
    const scored = await coop('score', 'demo.prompts', '--json');
    assert.equal(scored.code, 0, scored.stderr);
  });

  it('goes on where it was stopped', async () => {
    const { code, stderr } = await coop('learn', '--run', await directoryOf(STOPPED), '--json');
    assert.equal(code, 0, stderr);
    const { events } = await readEvents(await directoryOf(STOPPED));
    assert.ok(events.some(event => event.type === 'resume' && event.step > 0));
    assert.equal(events.at(-1)!.type === 'phase' && events.at(-1)!.type, 'phase');
  });
});
