import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { learnRun } from '../../src/engine/jobs/learn-run';
import { prepareRun } from '../../src/engine/jobs/prepare-run';
import { createStepRunner, type StepRunner } from '../../src/engine/methods/coop/step-runner';
import { readProject } from '../../src/engine/task/open-project';
import { TaskShelf } from '../../src/engine/task/task-shelf';
import { readEvents, readRun } from '../../src/files/runs/read-run';
import type { RecipeName } from '../../src/shared/contracts/recipes';
import { RUN_FILES, type RunInputs } from '../../src/shared/contracts/run';
import { CoopError, type ErrorCode } from '../../src/shared/errors';
import { useOwnCache } from '../support/own-cache';
import { useSampleProject } from './support/sample-project';

const NO_CUDA = { device: 'cuda', reason: 'there is no CUDA device' };

/** Real steps on the CPU that end with an error once `after` of them are done, as a device that is lost does. */
const failing =
  (code: ErrorCode, after: number): typeof createStepRunner =>
  async (problem, options) => {
    const runner = await createStepRunner(problem, { ...options, device: 'cpu' });
    if (options.device === 'cpu') return runner;
    let steps = 0;
    const step: StepRunner['step'] = (...values) => {
      if (steps++ >= after) throw new CoopError(code, `${options.device} is gone`, { subject: 'webgpu' });
      return runner.step(...values);
    };
    return { ...runner, step: async (...values) => step(...values) };
  };

describe('learning on a device that fails', () => {
  const folder = useSampleProject();
  useOwnCache(folder);

  /** A run that was planned for WebGPU, which is not here, since CUDA was refused. */
  async function planned(name: RecipeName): Promise<string> {
    const project = await readProject(path.join(folder(), 'demo.prompts'));
    const request = { line: '[V:16] {}.', recipe: { name, epochs: 6 }, device: 'cpu' };
    const { directory } = await prepareRun(project, request, new TaskShelf(), { fresh: true });
    const file = path.join(directory, RUN_FILES.inputs);
    const inputs = JSON.parse(readFileSync(file, 'utf8')) as RunInputs;
    writeFileSync(file, JSON.stringify({ ...inputs, device: 'webgpu', refused: [NO_CUDA] }));
    return directory;
  }

  for (const [name, code, after, all] of [
    ['cached', 'device.lost', 11, 6],
    ['cached', 'device.memory', 0, 6],
    ['fast', 'device.lost', 7, 12],
  ] as const) {
    it(`${name}, ${code} after ${after} steps: the CPU goes on from there, and the run says why`, async () => {
      const unbroken = await planned(name);
      await learnRun(unbroken, {}, { createRunner: failing(code, Number.POSITIVE_INFINITY) });
      const directory = await planned(name);
      await learnRun(directory, {}, { createRunner: failing(code, after) });
      const { state, status } = await readRun(directory);
      assert.equal(status, 'done');
      assert.equal(state.device, 'cpu');
      assert.deepEqual(state.refused, [NO_CUDA, { device: 'webgpu', reason: 'webgpu is gone' }]);
      const { events } = await readEvents(directory, 0);
      const devices = events.flatMap(event => (event.type === 'device' ? [event.device] : []));
      assert.deepEqual(devices, ['webgpu', 'cpu']);
      assert.ok(events.some(event => event.type === 'warning' && event.message.includes('cpu goes on')));
      const epochs = events.flatMap(event => (event.type === 'epoch' ? [event.epoch] : []));
      assert.deepEqual(
        epochs,
        Array.from({ length: all }, (_, i) => i + 1),
      );
      const { provenance } = JSON.parse(readFileSync(path.join(directory, RUN_FILES.report), 'utf8'));
      assert.equal(provenance.device, 'cpu');
      assert.equal(provenance.exactResume, false);
      // Both computed on the CPU here, so nothing may have been lost or done twice.
      const context = (run: string) => readFileSync(path.join(run, RUN_FILES.checkpoint));
      const values = (bytes: Buffer) => bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
      assert.deepEqual(values(context(directory)), values(context(unbroken)));
    });
  }
});
