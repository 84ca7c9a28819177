import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { learnRun } from '../../src/engine/jobs/learn-run';
import { prepareRun } from '../../src/engine/jobs/prepare-run';
import { createStepRunner } from '../../src/engine/methods/coop/step-runner';
import { readProject } from '../../src/engine/task/open-project';
import { TaskShelf } from '../../src/engine/task/task-shelf';
import { readEvents, readRun } from '../../src/files/runs/read-run';
import { fastEvaluations } from '../../src/shared/contracts/fast-recipe';
import type { RunState } from '../../src/shared/contracts/run';
import { useOwnCache } from '../support/own-cache';
import { useSampleProject } from './support/sample-project';

const STEPS = 2;

describe('learning several seeds', () => {
  const folder = useSampleProject();
  useOwnCache(folder);

  it('says before the first step of each that none of it is done, and how many there will be', async () => {
    const project = await readProject(path.join(folder(), 'demo.prompts'));
    const recipe = { seeds: [1, 2], epochs: STEPS, views: 0 };
    const request = { line: '[V:4] {}.', recipe, device: 'cpu', comparisons: false };
    const { directory } = await prepareRun(project, request, new TaskShelf(), { fresh: true });
    const total = fastEvaluations(STEPS);
    const { state: initial } = await readRun(directory);
    assert.deepEqual([initial.epoch, initial.epochs], [0, total]);

    const firsts: RunState[] = [];
    /** The state when it has settled: it is written in the background. */
    const stateOfSeed = async (seedIndex: number): Promise<RunState> => {
      for (let tries = 0; tries < 100; tries++) {
        const { state } = await readRun(directory);
        if (state.phase === 'learning' && state.seedIndex === seedIndex && state.epoch === 0) return state;
        await sleep(50);
      }
      assert.fail(`the state never said that seed ${seedIndex} begins`);
    };
    let steps = 0;
    await learnRun(
      directory,
      {},
      {
        createRunner: async (problem, options) => {
          const runner = await createStepRunner(problem, options);
          return {
            ...runner,
            step: async (...values) => {
              if (steps % total === 0) firsts.push(await stateOfSeed(steps / total));
              steps += 1;
              return runner.step(...values);
            },
          };
        },
      },
    );
    assert.equal(steps, 2 * total);
    assert.deepEqual(
      firsts.map(({ seedIndex, epoch, epochs }) => [seedIndex, epoch, epochs]),
      [
        [0, 0, total],
        [1, 0, total],
      ],
    );
    const { events } = await readEvents(directory);
    assert.equal(events.filter(({ type }) => type === 'epoch').length, 2 * total);
  });
});
