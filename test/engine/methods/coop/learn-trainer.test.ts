import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { interpret, tensor } from '../../../../src/engine/graph/interpret';
import { loadWeights } from '../../../../src/engine/graph/load-weights';
import { checkpointOf, progressOf } from '../../../../src/engine/jobs/run-progress';
import { defaultRecipe } from '../../../../src/engine/methods/coop/default-recipe';
import { initialContext } from '../../../../src/engine/methods/coop/initial-context';
import { learnGraph } from '../../../../src/engine/methods/coop/learn-graph';
import { learningRateOf } from '../../../../src/engine/methods/coop/schedule';
import { createStepRunner, type StepRunner } from '../../../../src/engine/methods/coop/step-runner';
import {
  type TrainerState,
  type TrainOptions,
  train,
  untrained,
} from '../../../../src/engine/methods/coop/trainer';
import { savedOf, stateOf } from '../../../../src/engine/methods/coop/trainer-state';
import type { Saved } from '../../../../src/engine/methods/parts/method';
import { INITIAL_STD } from '../../../../src/engine/random/normal-vectors';
import { writeFileAtomic } from '../../../../src/files/disk/atomic-file';
import { checkpointBytes, readCheckpoint } from '../../../../src/files/runs/checkpoint';
import { epochsForShots } from '../../../../src/shared/contracts/paper-protocol';
import { RUN_FILES } from '../../../../src/shared/contracts/run';
import { coopGolden } from '../../support/coop-golden';
import { learnCase } from '../../support/learn-case';
import { randomNumbers } from '../../support/random-text-model';

/** A runner that notes which images a step takes; image i is the one feature i. */
function notingRunner(batch: number, loss: (step: number) => number = () => 1) {
  const batches: { readonly images: number[]; readonly labels: number[] }[] = [];
  const runner: StepRunner = {
    batch,
    async step(_, images, labels) {
      batches.push({ images: [...images], labels: [...labels] });
      return { loss: loss(batches.length), gradient: Float32Array.of(1), features: new Float32Array() };
    },
    features: async () => new Float32Array(0),
    release: async () => undefined,
  };
  return { runner, batches };
}

async function imagesTaken(images: number, batch: number, epochs: number, seed: number) {
  const { runner, batches } = notingRunner(Math.min(images, batch));
  await train({
    runner,
    features: Float32Array.from({ length: images }, (_, i) => i),
    labels: Int32Array.from({ length: images }, (_, i) => 1000 + i),
    recipe: defaultRecipe({ name: 'cached', batch, epochs }),
    seed,
    start: untrained(Float32Array.of(0)),
  });
  for (const { images: taken, labels } of batches)
    assert.deepEqual(
      labels,
      taken.map(image => 1000 + image),
    );
  return batches.map(({ images: taken }) => taken);
}

describe('trainer', () => {
  it('takes whole batches of every image at most once an epoch, or one short batch', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 40 }),
        async (images, batch) => {
          const steps = await imagesTaken(images, batch, 3, 1);
          const perEpoch = images < batch ? 1 : Math.floor(images / batch);
          assert.equal(steps.length, 3 * perEpoch);
          for (let epoch = 0; epoch < 3; epoch++) {
            const taken = steps.slice(epoch * perEpoch, (epoch + 1) * perEpoch).flat();
            assert.equal(taken.length, Math.min(images, perEpoch * batch));
            assert.equal(new Set(taken).size, taken.length);
            assert.ok(taken.every(image => image >= 0 && image < images));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes the images of each epoch in another random order, which the seed decides', async () => {
    const epochs = 400;
    const images = 10;
    const steps = await imagesTaken(images, 4, epochs, 1);
    assert.deepEqual(await imagesTaken(images, 4, epochs, 1), steps);
    assert.notDeepEqual(await imagesTaken(images, 4, epochs, 2), steps);
    assert.ok(new Set(steps.map(step => step.join())).size > epochs);
    // Eight of ten images are taken an epoch: each image in about 320 of 400, and first in about 40.
    const [taken, first] = [new Float64Array(images), new Float64Array(images)];
    steps.forEach((step, at) => {
      for (const image of step) taken[image]! += 1;
      if (at % 2 === 0) first[step[0]!]! += 1;
    });
    assert.ok(
      taken.every(count => Math.abs(count - 320) < 40),
      `taken ${taken}`,
    );
    assert.ok(
      first.every(count => Math.abs(count - 40) < 30),
      `first ${first}`,
    );
  });

  it('asks for each epoch’s features once, also when it goes on in the middle of one', async () => {
    const asked: number[] = [];
    const seen: number[][] = [];
    const options = {
      runner: {
        batch: 2,
        step: async (_: Float32Array, images: Float32Array) => {
          seen.push([...images]);
          return { loss: 1, gradient: new Float32Array(3) };
        },
        features: async () => new Float32Array(0),
        release: async () => {},
      },
      labels: Int32Array.of(0, 1, 0, 1),
      features: async (epoch: number) => {
        asked.push(epoch);
        return Float32Array.of(1, 2, 3, 4).map(value => value + 10 * epoch);
      },
      recipe: defaultRecipe({ name: 'cached', epochs: 3, batch: 2 }),
      seed: 5,
    };
    await train({ ...options, start: untrained(new Float32Array(3)) });
    assert.deepEqual(asked, [0, 1, 2]);
    const whole = seen.splice(0);
    for (const [step, images] of whole.entries())
      for (const value of images) assert.equal(Math.floor(value / 10), step >> 1);
    asked.length = 0;
    const middle = { ...untrained(new Float32Array(3)), momentum: new Float32Array(3), step: 3 };
    await train({ ...options, start: middle });
    assert.deepEqual(asked, [1, 2]);
    assert.deepEqual(seen, whole.slice(3));
  });

  it('changes the learning rate by the epoch and reports mean losses', async () => {
    const recipe = defaultRecipe({ name: 'cached', batch: 4, epochs: 5, momentum: 0, weightDecay: 0 });
    const { runner } = notingRunner(4, step => step);
    const seen: [number, number, number, number][] = [];
    let context = 0;
    await train({
      runner,
      features: new Float32Array(9),
      labels: new Int32Array(9),
      recipe,
      seed: 1,
      start: untrained(Float32Array.of(0)),
      onEpoch: async ({ epoch, step, loss, learningRate }, values) => {
        seen.push([epoch, step, loss, learningRate]);
        // Two steps of gradient 1.
        assert.ok(Math.abs(context - values[0]! - 2 * learningRate) < 1e-8);
        context = values[0]!;
      },
    });
    assert.deepEqual(
      seen,
      [0, 1, 2, 3, 4].map(epoch => [
        epoch + 1,
        2 * epoch + 2,
        2 * epoch + 1.5,
        learningRateOf(epoch, recipe),
      ]),
    );
  });

  it('stops at a loss or a gradient that is no number, and names it', async () => {
    const options = {
      features: new Float32Array(4),
      labels: new Int32Array(4),
      recipe: defaultRecipe({ name: 'cached', batch: 4, epochs: 3 }),
      seed: 1,
      start: untrained(Float32Array.of(0)),
    };
    const { runner, batches } = notingRunner(4, step => (step === 2 ? Number.NaN : 1));
    await assert.rejects(train({ ...options, runner }), { code: 'run.nonFinite', message: /loss.*epoch 2/ });
    assert.equal(batches.length, 2);
    const steep: StepRunner = {
      ...runner,
      step: async () => ({
        loss: 1,
        gradient: Float32Array.of(Number.POSITIVE_INFINITY),
        features: new Float32Array(),
      }),
    };
    await assert.rejects(train({ ...options, runner: steep }), {
      code: 'run.nonFinite',
      message: /gradient.*epoch 1/,
    });
  });

  it('ends in the same bits after stops at any step, through the checkpoint file', async () => {
    const { problem, features, template, model } = await learnCase(coopGolden.cases[0]!, 'float32');
    const runner = await createStepRunner(problem, { threads: 1 });
    const context = initialContext(template, 6, await model.textTables(), 1);
    const options: Omit<TrainOptions, 'start'> = {
      runner,
      features,
      labels: Int32Array.from(coopGolden.labels),
      recipe: defaultRecipe({ name: 'cached', batch: coopGolden.batch, epochs: 4 }),
      seed: 3,
    };
    const losses: number[] = [];
    const unbroken = await train({
      ...options,
      start: untrained(context),
      onEpoch: async ({ loss }) => {
        losses.push(loss);
      },
    });
    assert.equal(unbroken.step, 12);
    assert.notDeepEqual(unbroken.context, context);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'coop-trainer-'));
    try {
      for (const stops of [[0], [1], [5], [11], [12], [2, 3], [3, 7, 8]]) {
        const again: number[] = [];
        let state = untrained(context);
        for (const stop of stops) {
          state = await stopped(options, state, stop, again);
          assert.equal(state.step, stop);
          state = await throughFile(folder, state);
        }
        const end = await train({
          ...options,
          start: state,
          onEpoch: async ({ loss }) => {
            again.push(loss);
          },
        });
        assert.deepEqual(end, unbroken, `stopped at ${stops}`);
        assert.deepEqual(again, losses, `stopped at ${stops}`);
      }
    } finally {
      await runner.release();
      await rm(folder, { recursive: true });
    }
  });

  it('refuses a state that is not of this problem', () => {
    const state = {
      context: new Float32Array(6),
      momentum: new Float32Array(6),
      step: 5,
      epochLoss: 0.5,
      lastEpochLoss: 2.5,
    };
    const { tensors, figures } = savedOf(state);
    assert.deepEqual(stateOf({ tensors, figures }, 6), state);
    const refused = (changed: Partial<Saved>) =>
      assert.throws(() => stateOf({ tensors, figures, ...changed }, 6), { code: 'run.corrupt' });
    refused({ tensors: new Map([...tensors, ['context', new Float32Array(5)]]) });
    refused({ tensors: new Map([...tensors, ['momentum', new Float32Array(5)]]) });
    refused({ tensors: new Map([...tensors].filter(([name]) => name !== 'momentum')) });
    for (const step of [-1, 1.5]) refused({ figures: { ...figures, step } });
    refused({ figures: {} });
  });

  it('has gradients that are the slope of the loss', async () => {
    for (const name of ['end-unified-m4', 'middle-csc-m4', 'front-unified-m4']) {
      const one = coopGolden.cases.find(candidate => candidate.case === name)!;
      const { problem, recorded, features } = await learnCase(one, 'float64');
      const graph = learnGraph(problem);
      const weights = await loadWeights([graph.loss, graph.gradient]);
      const initial = await recorded('f64.ctx_init');
      const at = (context: Float64Array) => ({
        context: tensor(context, [problem.vectors, problem.text.width]),
        images: tensor(features.subarray(0, problem.batch * problem.imageWidth), [
          problem.batch,
          problem.imageWidth,
        ]),
        labels: tensor(coopGolden.labels.slice(0, problem.batch), [problem.batch]),
      });
      const gradient = interpret([graph.gradient], at(initial), weights)[0]!.data;
      const next = randomNumbers(5);
      const direction = Float64Array.from(initial, next);
      const along = (step: number) => {
        const moved = initial.map((value, i) => value + step * direction[i]!);
        return interpret([graph.loss], at(moved), weights)[0]!.data[0]!;
      };
      const h = 1e-5;
      const slope = (along(h) - along(-h)) / (2 * h);
      const expected = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      assert.ok(Math.abs(slope - expected) < 1e-6 * Math.abs(expected), `${name}: ${slope} ≠ ${expected}`);
    }
  });
});

describe('a run’s beginning', () => {
  it('has the paper’s epochs and values', () => {
    assert.deepEqual([16, 8, 4, 2, 1].map(epochsForShots), [200, 200, 100, 100, 50]);
    const { learningRate, momentum, weightDecay, batch, warmupEpochs, warmupLearningRate } = defaultRecipe({
      name: 'cached',
    });
    assert.deepEqual(
      [learningRate, momentum, weightDecay, batch, warmupEpochs, warmupLearningRate],
      [0.002, 0.9, 5e-4, 32, 1, 1e-5],
    );
    assert.equal(defaultRecipe({ name: 'cached', shots: 1 }).epochs, 50);
    assert.equal(defaultRecipe({ name: 'cached', shots: 1, epochs: 7 }).epochs, 7);
  });

  it('is random vectors of deviation 0.02 that the seed decides, or embeddings of the initial words', async () => {
    const csc = await learnCase(coopGolden.cases.find(({ csc }) => csc)!, 'float32');
    const tables = await csc.model.textTables();
    const context = initialContext(csc.template, 6, tables, 1);
    assert.equal(context.length, 6 * 4 * tables.width);
    assert.deepEqual(initialContext(csc.template, 6, tables, 1), context);
    assert.notDeepEqual(initialContext(csc.template, 6, tables, 2), context);
    const mean = context.reduce((a, b) => a + b, 0) / context.length;
    const std = Math.sqrt(context.reduce((a, b) => a + (b - mean) ** 2, 0) / context.length);
    // Five standard errors of mean and deviation.
    assert.ok(Math.abs(mean) < (5 * INITIAL_STD) / Math.sqrt(context.length));
    assert.ok(Math.abs(std - INITIAL_STD) < (5 * INITIAL_STD) / Math.sqrt(2 * context.length));

    const words = await learnCase(coopGolden.cases.find(one => one.case === 'end-words')!, 'float32');
    const recorded = await words.recorded('f64.ctx_init');
    assert.deepEqual(Float64Array.from(initialContext(words.template, 6, tables, 1)), recorded);
  });
});

/** Trains until `stop` steps are done, and stops in the next one, which never ends; the state is that of the checkpoint. */
async function stopped(
  options: Omit<TrainOptions, 'start'>,
  start: TrainerState,
  stop: number,
  losses: number[],
): Promise<TrainerState> {
  const controller = new AbortController();
  let { step } = start;
  let saved: TrainerState | undefined;
  const end = train({
    ...options,
    start,
    signal: controller.signal,
    runner: {
      ...options.runner,
      async step(context, images, labels) {
        if (step === stop) {
          controller.abort();
          return new Promise(() => undefined);
        }
        step += 1;
        return options.runner.step(context, images, labels);
      },
    },
    onEpoch: async ({ loss }) => {
      losses.push(loss);
    },
    onCheckpoint: async state => {
      saved = state;
    },
  });
  // There is no further step to stop in.
  if (stop === 12) return end;
  await assert.rejects(end, { name: 'AbortError' });
  assert.ok(saved !== undefined);
  return saved;
}

async function throughFile(folder: string, state: TrainerState): Promise<TrainerState> {
  const { tensors, metadata } = checkpointOf({
    learned: [{ kind: 'context', tensors: new Map([['context', state.context]]), figures: { loss: 0.1 } }],
    saved: savedOf(state),
    threads: 1,
    device: 'cpu',
    exact: true,
    resumes: 0,
    seconds: 1,
  });
  await writeFileAtomic(path.join(folder, RUN_FILES.checkpoint), checkpointBytes(tensors, metadata));
  const { learned, saved } = progressOf((await readCheckpoint(folder))!, folder);
  assert.deepEqual(learned[0]!.figures, { loss: 0.1 });
  return stateOf(saved!, state.context.length);
}
