import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { learnRun } from '../../src/engine/jobs/learn-run';
import { prepareRun } from '../../src/engine/jobs/prepare-run';
import { openProject } from '../../src/engine/task/open-project';
import { TaskShelf } from '../../src/engine/task/task-shelf';
import { readReport } from '../../src/files/runs/read-report';
import { readRun } from '../../src/files/runs/read-run';
import { readAnswers } from '../../src/files/runs/run-answers';
import { FEATURE_METHODS } from '../../src/shared/contracts/method-spec';
import type { Report } from '../../src/shared/contracts/report';
import { reportNotes } from '../../src/shared/format/report-notes';
import { useSampleProject } from './support/sample-project';

const LINE = '[V:2] {}.';

describe('a run that is stopped while other methods are fitted', () => {
  const folder = useSampleProject();

  const project = () => {
    const file = path.join(folder(), 'demo.prompts');
    return openProject({ path: file, text: readFileSync(file, 'utf8') });
  };
  const prepared = (comparisons?: boolean, fresh = false) =>
    prepareRun(
      project(),
      {
        line: LINE,
        recipe: { epochs: 2, seeds: [1] },
        device: 'cpu',
        ...(comparisons === undefined ? {} : { comparisons }),
      },
      new TaskShelf(),
      { fresh },
    );
  const methods = ({ results }: Report) => results.filter(({ kind }) => kind === 'method');
  const answersOf = async (directory: string) => {
    const { rows } = await readAnswers(directory);
    return rows.map(({ label, seed, test }) => [label, seed, test.answers]);
  };

  it('keeps its report, and the same command goes on with those that are missing', async () => {
    const { directory } = await prepared();
    const stop = new AbortController();
    // The third one has begun.
    const onProgress = ({ message }: { message: string }) => {
      if (message.includes('ProLIP')) stop.abort();
    };
    await learnRun(directory, { signal: stop.signal, onProgress });
    assert.equal((await readRun(directory)).status, 'done');
    const stopped = await readReport(directory);
    assert.deepEqual(stopped.unfitted, ['prolip']);
    assert.equal(methods(stopped).length, FEATURE_METHODS.length - 1);
    assert.ok(
      reportNotes(stopped).includes(
        '1 other method on the same shots is not fitted yet; learning the same again goes on with it.',
      ),
    );

    const without = await prepared(false);
    assert.equal(without.resumed, false, 'nothing is missing for whoever wants none');
    rmSync(without.directory, { recursive: true });

    const again = await prepared();
    assert.deepEqual([again.resumed, again.directory], [true, directory]);
    const told = new Set<string>();
    await learnRun(directory, { onProgress: ({ message }) => told.add(message) });
    assert.ok(told.has('Fitting ProLIP') && !told.has('Fitting the linear probe'));
    const whole = await readReport(directory);
    assert.equal(whole.unfitted, undefined);

    const unbroken = await prepared(undefined, true);
    assert.notEqual(unbroken.directory, directory);
    await learnRun(unbroken.directory);
    assert.deepEqual(methods(whole), methods(await readReport(unbroken.directory)));
    const named = (name: string) => (rows: unknown[]) => JSON.stringify(rows).replaceAll(name, 'NAME');
    const [one, other] = [await readRun(directory), await readRun(unbroken.directory)];
    assert.equal(
      named(one.inputs.name)(await answersOf(directory)),
      named(other.inputs.name)(await answersOf(unbroken.directory)),
    );
    assert.equal((await prepared()).resumed, false, 'nothing is missing any more');
  });
});
