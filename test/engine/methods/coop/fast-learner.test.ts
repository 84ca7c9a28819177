import assert from 'node:assert/strict';
import path from 'node:path';
import { defaultRecipe } from '../../../../src/engine/methods/coop/default-recipe';
import { ARMS, type Arm, chosenArm, pullWith } from '../../../../src/engine/methods/coop/fast-arms';
import { fastFrom } from '../../../../src/engine/methods/coop/fast-state';
import type { CreateRunner } from '../../../../src/engine/methods/coop/prompt-method';
import { createStepRunner } from '../../../../src/engine/methods/coop/step-runner';
import { methodOf } from '../../../../src/engine/methods/methods';
import type { Assignment, Learned, LearnIo, Saved } from '../../../../src/engine/methods/parts/method';
import { FallingDevice } from '../../../../src/engine/runtime/falling-device';
import { openProject } from '../../../../src/engine/task/open-project';
import { findLine } from '../../../../src/engine/task/prompt-lines';
import { TaskShelf } from '../../../../src/engine/task/task-shelf';
import { fastEvaluations, fastSteps } from '../../../../src/shared/contracts/fast-recipe';
import type { PromptChoice } from '../../../../src/shared/contracts/method-spec';
import { parseTemplate } from '../../../../src/shared/template/parse-template';
import { root } from '../../../support/root';

describe('the recipe fast', () => {
  const project = openProject({
    path: path.join(root, 'media/sample/fast.prompts'),
    text: '@images ./images/groups\n@model icon-clip\na photo of a {}.\n',
  });
  const shelf = new TaskShelf();

  async function prepared(choice: PromptChoice, line = '[V:16] {}.', of = project) {
    const task = await shelf.open(of);
    const spec = defaultRecipe(choice);
    const assignment: Assignment<typeof spec> = {
      spec,
      template: parseTemplate(line).template!,
      baseline: findLine(project.document, 'a photo of a {}.'),
    };
    return { task, assignment, method: methodOf(spec) };
  }

  async function learned(
    choice: PromptChoice,
    seed: number,
    io: Partial<LearnIo> & { readonly createRunner?: CreateRunner } = {},
    from: Saved | null = null,
    line?: string,
    of = project,
  ) {
    const { task, assignment, method } = await prepared(choice, line, of);
    const learner = await method.begin(task, assignment, {
      device: new FallingDevice('cpu', [], () => undefined),
      threads: 1,
      onStep: () => undefined,
      onEpoch: async () => undefined,
      onCheckpoint: async () => undefined,
      ...io,
    });
    try {
      return await learner.learn(seed, from);
    } finally {
      await learner.release();
    }
  }

  async function testAccuracy(one: Learned, choice: PromptChoice): Promise<number> {
    const { task, assignment, method } = await prepared(choice);
    const test = await task.features('test');
    const { predictions } = (await method.open(one, task, assignment)).answer(test);
    return predictions.filter((prediction, i) => prediction === test.labels[i]).length / predictions.length;
  }

  it('is the default, and takes a tenth of the paper’s evaluations: 80 of 800 for 8 classes of 16 shots', async () => {
    const spec = defaultRecipe();
    assert.equal(spec.name, 'fast');
    assert.equal(fastEvaluations(spec.epochs), 80);
    assert.deepEqual([0, 1300, 1800, 2600, 1e6].map(fastSteps).map(fastEvaluations), [80, 80, 180, 260, 400]);
    const steps: number[] = [];
    const { figures } = await learned({}, 1, { onStep: step => steps.push(step) });
    assert.equal(figures['evaluations'], 80);
    assert.equal(steps.at(-1), 80);
  });

  it('takes both beginnings to the end where there are more steps than the fewest, and keeps the better', async () => {
    const epochs = fastSteps(0) + 1;
    const [dev, losses]: [number[], number[]] = [[], []];
    const { figures } = await learned({ epochs, shots: 4 }, 1, {
      onEpoch: async ({ figures: { devAccuracy, loss } }) => {
        dev.push(devAccuracy!);
        losses.push(loss!);
      },
    });
    assert.equal(figures['evaluations'], 2 * epochs);
    const best = ARMS.map((_, arm) => {
      const curve = dev.slice(arm * epochs, (arm + 1) * epochs);
      const means = curve.map((_, at) => {
        const near = curve.slice(Math.max(0, at - 2), at + 3);
        return near.reduce((a, b) => a + b) / near.length;
      });
      return Math.max(...means);
    });
    const [free, tight] = best as [number, number];
    const arm = free >= tight ? 0 : 1;
    assert.equal(figures['arm'], arm);
    assert.equal(figures['loss'], losses[(arm + 1) * epochs - 1]);
    assert.ok(Math.abs(figures['devAccuracy']! - Math.max(free, tight)) < 1e-6);
  });

  it('holds the second beginning to the baseline, the more the fewer images there are', () => {
    const [free, tight] = ARMS as unknown as [Arm, Arm];
    assert.deepEqual(
      [1, 2, 4, 16].map(shots => pullWith(tight, shots)),
      [32, 16, 8, 8],
    );
    assert.equal(pullWith(free, 1), 0);
  });

  it('goes on from the random beginning if it is ahead, where shots are few by more than chance', () => {
    // Of 100 images: one standard error of 20 % is 4 points.
    const ahead = (points: number, shots: number) => chosenArm([0.2 + points / 100, 0.2], 100, shots);
    assert.deepEqual(
      [-1, 1].map(points => ahead(points, 4)),
      [1, 0],
    );
    assert.deepEqual(
      [1, 3.9, 4.1].map(points => ahead(points, 2)),
      [1, 1, 0],
    );
    // Nearly four shots, where one class gives three, are four.
    assert.equal(ahead(1, 3.98), 0);
    // Where all or none are right there is no error, and no lead.
    for (const accuracy of [0, 1]) assert.equal(chosenArm([accuracy, accuracy], 20, 1), 1);
  });

  it('takes what a class really gives for that, where it has fewer images than asked for', async () => {
    const small = openProject({ path: project.path, text: `@split 2/78/20 seed 1\n${project.text}` });
    const weights = new Set<number | undefined>();
    const createRunner: CreateRunner = async (...asked) => {
      const runner = await createStepRunner(...asked);
      return {
        ...runner,
        step: (context, images, labels, weight) => {
          weights.add(weight);
          return runner.step(context, images, labels, weight);
        },
      };
    };
    await learned({ epochs: 16 }, 1, { createRunner }, null, undefined, small);
    const { train } = (await shelf.open(small)).draw(16, 1);
    assert.ok(train.length < 4 * 8, `${train.length} images of 8 classes`);
    assert.deepEqual([...weights].sort(), [0, (8 * 4) / (train.length / 8)]);
  });

  it('gains more on the sample than the paper’s schedule does there (39.5 %), in the mean of three seeds', async () => {
    const accuracies: number[] = [];
    for (const seed of [1, 2, 3]) accuracies.push(await testAccuracy(await learned({}, seed), {}));
    const mean = accuracies.reduce((a, b) => a + b, 0) / accuracies.length;
    assert.ok(mean > 0.43, accuracies.join(' '));
  });

  const LINES: readonly (readonly [string, number, readonly (readonly number[])[]])[] = [
    ['[V:16] {}.', 20, [[0], [7], [29], [31], [3, 32]]],
    ['[V:3 per-class] {} [V:2].', 20, [[3, 32]]],
    ['[V:4] {}.', 66, [[20], [65], [66, 130]]],
  ];
  for (const [line, epochs, all] of LINES)
    it(`ends in the same bits after stops at any step, in the pilot and after it: ${line}, ${epochs} steps`, async () => {
      const choice = { epochs, shots: 4 };
      const whole = await learned(choice, 2, {}, null, line);
      for (const stops of all) {
        let from: Saved | null = null;
        for (const stop of stops) {
          const abort = new AbortController();
          let saved: Saved | null = null;
          const running = learned(
            choice,
            2,
            {
              signal: abort.signal,
              onEpoch: async ({ step }) => {
                if (step > stop) abort.abort();
              },
              onCheckpoint: async kept => {
                saved = kept;
              },
            },
            from,
            line,
          );
          await assert.rejects(running, { name: 'AbortError' });
          assert.ok(saved !== null);
          from = saved;
        }
        assert.deepEqual(await learned(choice, 2, {}, from, line), whole, `stopped at ${stops}`);
      }
    });

  it('goes on from where one beginning was chosen early, as it began, and says how many evaluations that is', async () => {
    const abort = new AbortController();
    let saved: Saved | null = null;
    const stopped = learned({ epochs: 20, shots: 1 }, 1, {
      signal: abort.signal,
      onEpoch: async ({ step }) => {
        if (step > 32) abort.abort();
      },
      onCheckpoint: async kept => {
        saved = kept;
      },
    });
    await assert.rejects(stopped, { name: 'AbortError' });
    const totals = new Set<number>();
    const onStep = (_: number, total: number) => totals.add(total);
    const { figures } = await learned({ epochs: 70, shots: 1 }, 1, { onStep }, saved);
    assert.equal(figures['evaluations'], 70 + 15);
    assert.deepEqual([...totals], [70 + 15]);
  });

  it('refuses a state that is not of this problem', async () => {
    let saved: Saved | null = null;
    const choice = { epochs: 2, shots: 1 };
    await learned(choice, 1, {
      checkpointEveryMs: 0,
      onCheckpoint: async kept => {
        saved = kept;
      },
    });
    const { tensors, figures } = saved! as Saved;
    const size = tensors.get('free.context')!.length;
    const blocks = [{ first: 0, count: 16 }];
    assert.equal(fastFrom({ tensors, figures }, size, blocks).arms.length, 2);
    const refused = (changed: Partial<Saved>, of = size) =>
      assert.throws(() => fastFrom({ tensors, figures, ...changed }, of, blocks), { code: 'run.corrupt' });
    refused({}, size + 1);
    refused({ figures: { ...figures, leader: 2 } });
    refused({ figures: { ...figures, 'tight.step': 9 } });
    for (const gone of ['tight.first', 'tight.products'])
      refused({ tensors: new Map([...tensors].filter(([name]) => name !== gone)) });
  });
});
