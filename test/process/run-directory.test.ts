import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { createRun } from '../../src/files/runs/create-run';
import { readReport } from '../../src/files/runs/read-report';
import { findRuns, listRuns, readRun } from '../../src/files/runs/read-run';
import { uniqueRunName } from '../../src/files/runs/run-name';
import { parseInputs } from '../../src/shared/contracts/run-inputs';
import { initialState, parseState } from '../../src/shared/contracts/run-state';
import { CoopError } from '../../src/shared/errors';
import { INPUTS, type RunFixture } from './support/run-fixture';
import { useRun } from './support/use-run';

const code = (wanted: string) => (error: unknown) => error instanceof CoopError && error.code === wanted;

describe('the directory of a run', () => {
  let fixture: RunFixture;
  let directory: string;
  useRun((...made) => {
    [fixture, directory] = made;
  });

  describe('a new run', () => {
    it('has the time and its name for a directory, apart from others of the same second, kept out of git', async () => {
      const second = await fixture.create();
      assert.equal(path.basename(directory), '20260301-123456-pets-16shot');
      assert.equal(path.basename(second), '20260301-123456-pets-16shot-2');
      assert.equal(readFileSync(path.join(fixture.folder, '.coop/.gitignore'), 'utf8'), 'runs/\n');
      const { inputs, state, hasReport } = await readRun(second);
      const document = { path: path.join(fixture.folder, 'pets.prompts'), text: INPUTS.document.text };
      assert.deepEqual(inputs, { ...INPUTS, id: path.basename(second), document });
      assert.deepEqual(state, initialState(inputs));
      assert.equal(hasReport, false);
    });

    it('has no report while it works, and says what stopped it where it failed', async () => {
      await assert.rejects(readReport(directory), { code: 'run.missing', message: /no report yet/ });
      const { inputs } = await readRun(directory);
      const error = {
        code: 'run.nonFinite' as const,
        message: 'The loss is no number.',
        next: 'Lower the rate.',
      };
      const failed = { ...initialState(inputs), phase: 'failed' as const, error };
      writeFileSync(path.join(directory, 'state.json'), JSON.stringify(failed));
      await assert.rejects(readReport(directory), {
        code: 'run.missing',
        message: /failed, without a report: The loss is no number\./,
        next: 'Lower the rate.',
      });
    });

    it('leaves an existing .gitignore and other folders as they are', async () => {
      const ignore = path.join(fixture.folder, '.coop/.gitignore');
      writeFileSync(ignore, 'mine\n');
      await fixture.create();
      assert.equal(readFileSync(ignore, 'utf8'), 'mine\n');
      await createRun(path.join(fixture.folder, 'elsewhere/runs'), INPUTS);
      assert.deepEqual(readdirSync(path.join(fixture.folder, 'elsewhere')), ['runs']);
    });

    it('is whole or not there, wherever its maker was killed; what such a one left is gone after an hour', async () => {
      const [old, young] = ['4711', '4712'].map(pid => `.20260301-pets.${pid}-0123456789ab.tmp`) as [
        string,
        string,
      ];
      for (const name of [old, young]) {
        mkdirSync(path.join(fixture.runsFolder, name));
        writeFileSync(path.join(fixture.runsFolder, name, 'run.json'), '{}');
      }
      utimesSync(path.join(fixture.runsFolder, old), 0, 0);
      const made = await fixture.create();
      assert.deepEqual(
        readdirSync(fixture.runsFolder).sort(),
        [young, path.basename(directory), path.basename(made)].sort(),
      );
      const { runs, damaged } = await findRuns(fixture.runsFolder);
      assert.deepEqual([runs.length, damaged], [2, []]);
      // What cannot be written leaves nothing.
      const broken = { ...INPUTS, threads: Number.NaN };
      await assert.rejects(createRun(fixture.runsFolder, broken));
      assert.equal(readdirSync(fixture.runsFolder).length, 3);
    });

    it('stays inside its folder whatever its name', async () => {
      const odd = await fixture.create({ name: '../../ä:b\u0000..' });
      assert.equal(path.dirname(odd), fixture.runsFolder);
      assert.equal((await readRun(odd)).inputs.name, '../../ä:b\u0000..');
      const long = await fixture.create({ name: '猫'.repeat(300) });
      assert.ok(Buffer.byteLength(path.basename(long)) < 200);
    });

    it('gets a name that no run and no context has, in any case or composition', async () => {
      assert.equal(await uniqueRunName(fixture.folder, 'cats'), 'cats');
      assert.equal(await uniqueRunName(fixture.folder, 'Pets-16shot'), 'Pets-16shot-2');
      mkdirSync(path.join(fixture.folder, '.coop/contexts'));
      writeFileSync(path.join(fixture.folder, '.coop/contexts/pets-16shot-2.safetensors'), '');
      writeFileSync(path.join(fixture.folder, '.coop/contexts/Ka\u0308tzchen.safetensors'), '');
      assert.equal(await uniqueRunName(fixture.folder, 'pets-16shot'), 'pets-16shot-3');
      assert.equal(await uniqueRunName(fixture.folder, 'k\u00e4tzchen'), 'k\u00e4tzchen-2');
      writeFileSync(path.join(directory, 'run.json'), 'damaged');
      assert.equal(await uniqueRunName(fixture.folder, 'pets-16shot'), 'pets-16shot-3');
    });
  });

  describe('lists', () => {
    it('show the newest first, damaged ones apart with their reason, and no folder in which nothing began', async () => {
      const newer = await fixture.create({ createdAt: '2026-03-02T00:00:00.000Z' });
      const broken = await fixture.create({ createdAt: '2026-03-03T00:00:00.000Z' });
      truncateSync(path.join(broken, 'run.json'), 100);
      const future = await fixture.create({ createdAt: '2026-03-04T00:00:00.000Z' });
      writeFileSync(path.join(future, 'run.json'), JSON.stringify({ ...INPUTS, format: 2 }));
      const headless = await fixture.create({ createdAt: '2026-03-05T00:00:00.000Z' });
      rmSync(path.join(headless, 'run.json'));
      writeFileSync(path.join(headless, 'events.jsonl'), '');
      mkdirSync(path.join(fixture.runsFolder, 'cut-short'));
      writeFileSync(path.join(fixture.runsFolder, 'note.txt'), '');
      const { runs, damaged } = await findRuns(fixture.runsFolder);
      assert.deepEqual(
        runs.map(run => run.directory),
        [newer, directory],
      );
      assert.deepEqual(
        damaged.map(({ directory: at, error }) => [at, error.code]),
        [
          [headless, 'run.missing'],
          [future, 'run.corrupt'],
          [broken, 'run.corrupt'],
        ],
      );
      assert.match(damaged[1]!.error.message, /newer version/);
      assert.equal((await listRuns(fixture.runsFolder)).length, 2);
      assert.deepEqual(await listRuns(path.join(fixture.folder, 'none')), []);
    });

    it('name the damaged field', () => {
      const text = JSON.stringify({ ...INPUTS, id: 'x', recipe: { ...INPUTS.recipe, epochs: 'many' } });
      assert.throws(
        () => parseInputs(text, '/r/run.json'),
        /\/r\/run\.json is damaged: the field recipe\.epochs/,
      );
      const state = { ...initialState(INPUTS), devAccuracy: 63.2 };
      assert.throws(() => parseState(JSON.stringify(state), '/r/state.json'), code('run.corrupt'));
      assert.throws(() => parseState('{"phase":"lear', '/r/state.json'), code('run.corrupt'));
    });
  });
});
