import assert from 'node:assert/strict';
import path from 'node:path';
import { interpret, tensor } from '../../../../src/engine/graph/interpret';
import { loadWeights } from '../../../../src/engine/graph/load-weights';
import { createChunkedStepRunner } from '../../../../src/engine/methods/coop/chunked-step-runner';
import { learnGraph } from '../../../../src/engine/methods/coop/learn-graph';
import { buildProblem, type ProblemOptions } from '../../../../src/engine/methods/coop/learn-problem';
import { sgdStep } from '../../../../src/engine/methods/coop/sgd';
import { createStepRunner } from '../../../../src/engine/methods/coop/step-runner';
import { openModel } from '../../../../src/engine/models/shelf/open-model';
import { templateRows } from '../../../../src/engine/prompt/template-rows';
import { parseTemplate } from '../../../../src/shared/template/parse-template';
import { recorded, SIGLIP, worst } from '../../support/siglip-golden';

const names = ['cat', 'dog', 'bird', 'satellite image', 'boeing 747-400'];
const BATCH = 4;
const SGD = { momentum: 0.9, weightDecay: 5e-4 };
const RATE = 0.05;
const SHAPE = { vectors: 4, width: 32, embed: 48 };

async function problemOf(): Promise<ProblemOptions> {
  const model = await openModel(path.join(SIGLIP, 'siglip'));
  const { contextLength } = model;
  const template = templateRows(
    parseTemplate('[V:4] {}.').template!,
    { names, columns: new Map() },
    await model.tokenizer(),
    { contextLength },
  );
  return { model, template, classes: names.length, batch: BATCH };
}

/** The batches of the recording: the images in turn, four by four. */
async function batches() {
  const reference = await recorded(path.join(SIGLIP, 'learn.safetensors'));
  const [images, labels, start] = await Promise.all(['images', 'labels', 'ctx_init'].map(reference));
  const batch = (step: number) => {
    const first = (step % 3) * BATCH;
    return {
      images: images!.slice(first * SHAPE.embed, (first + BATCH) * SHAPE.embed),
      labels: labels!.slice(first, first + BATCH),
    };
  };
  return { reference, batch, start: start! };
}

describe('learning a prompt of SigLIP', () => {
  it('takes PyTorch’s steps in float64', async () => {
    const { reference, batch, start } = await batches();
    const { loss, gradient } = learnGraph(
      await buildProblem({ ...(await problemOf()), precision: 'float64' }),
    );
    const weights = await loadWeights([loss, gradient]);
    const [losses, gradients, contexts] = await Promise.all(
      ['f64.loss', 'f64.grad', 'f64.ctx'].map(reference),
    );
    const context = Float64Array.from(start);
    let momentum: Float64Array | null = null;
    for (const [step, expected] of losses!.entries()) {
      const { images, labels } = batch(step);
      const [found, slope] = interpret(
        [loss, gradient],
        {
          context: tensor(context, [SHAPE.vectors, SHAPE.width]),
          images: tensor(images, [BATCH, SHAPE.embed]),
          labels: tensor(labels, [BATCH]),
        },
        weights,
      );
      const part = (all: Float64Array) => all.subarray(step * context.length, (step + 1) * context.length);
      assert.ok(
        Math.abs(found!.data[0]! - expected) < 1e-9,
        `loss of step ${step}: ${found!.data[0]}, ${expected}`,
      );
      assert.ok(worst(slope!.data, part(gradients!)) < 1e-9, `gradient of step ${step}`);
      momentum = sgdStep(context, slope!.data, momentum, RATE, SGD);
      assert.ok(worst(context, part(contexts!)) < 1e-9, `context after step ${step}`);
    }
  });

  for (const kind of ['whole', 'in chunks of classes'] as const)
    it(`takes PyTorch’s steps in float32, ${kind}`, async () => {
      const { reference, batch, start } = await batches();
      const options = await problemOf();
      const runner =
        kind === 'whole'
          ? await createStepRunner(await buildProblem(options), { threads: 1 })
          : await createChunkedStepRunner(
              options,
              [
                [0, 2],
                [2, 5],
              ],
              { threads: 1 },
            );
      const [losses, contexts] = await Promise.all(['f32.loss', 'f32.ctx'].map(reference));
      const context = Float32Array.from(start);
      let momentum: Float32Array | null = null;
      for (const [step, expected] of losses!.entries()) {
        const { images, labels } = batch(step);
        const { loss, gradient } = await runner.step(
          context,
          Float32Array.from(images),
          Int32Array.from(labels),
        );
        assert.ok(Math.abs(loss - expected) < 1e-5, `loss of step ${step}: ${loss}, ${expected}`);
        momentum = sgdStep(context, gradient, momentum, RATE, SGD);
        const after = contexts!.subarray(step * context.length, (step + 1) * context.length);
        assert.ok(worst(context, after) < 1e-5, `context after step ${step}`);
      }
      await runner.release();
    });
});
