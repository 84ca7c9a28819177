import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { interpret, type Tensor, tensor } from '../../../../src/engine/graph/interpret';
import { loadWeights } from '../../../../src/engine/graph/load-weights';
import { unitRows } from '../../../../src/engine/measure/unit-features';
import { type LearnProblem, learnGraph } from '../../../../src/engine/methods/coop/learn-graph';
import { learningRateOf } from '../../../../src/engine/methods/coop/schedule';
import { sgdStep } from '../../../../src/engine/methods/coop/sgd';
import { createStepRunner } from '../../../../src/engine/methods/coop/step-runner';
import { COOP_GOLDEN, type CoopCase, coopGolden } from '../../support/coop-golden';
import { learnCase } from '../../support/learn-case';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(COOP_GOLDEN, '..', name), 'utf8'));
/** Steps of the recorded run: images and labels of each batch with its learning rate. */
function* batches(features: Float32Array) {
  const width = features.length / coopGolden.labels.length;
  for (const [epoch, order] of coopGolden.batch_order.entries()) {
    for (let start = 0; start < order.length; start += coopGolden.batch) {
      const rows = order.slice(start, start + coopGolden.batch);
      const images = Float32Array.from(
        rows.flatMap(row => [...features.subarray(row * width, (row + 1) * width)]),
      );
      yield {
        images,
        labels: Int32Array.from(rows, row => coopGolden.labels[row]!),
        learningRate: coopGolden.lr_per_epoch[epoch]!,
        width,
      };
    }
  }
}

const relative = (actual: ArrayLike<number>, expected: Float64Array): number => {
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  return Math.sqrt(difference / size);
};
const absolute = (actual: ArrayLike<number>, expected: Float64Array): number =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(actual[i]! - value)), 0);

/** The order of vectors in a recorded context: class by class, over both halves where the layout has two slots. */
function arrange(one: CoopCase, context: Float64Array, toSlots: boolean): Float64Array {
  if (!one.csc || one.position !== 'middle') return context;
  const classes = coopGolden.classnames.length;
  const width = context.length / (classes * one.M);
  const half = Math.floor(one.M / 2);
  const out = new Float64Array(context.length);
  for (let c = 0; c < classes; c++) {
    for (let m = 0; m < one.M; m++) {
      const inSlots = m < half ? c * half + m : classes * half + c * (one.M - half) + (m - half);
      const inRecord = c * one.M + m;
      const [from, to] = toSlots ? [inRecord, inSlots] : [inSlots, inRecord];
      out.set(context.subarray(from * width, (from + 1) * width), to * width);
    }
  }
  return out;
}

/** [images, classes] */
function logitsOf(
  features: Float32Array,
  texts: Float32Array,
  { imageWidth: width, logitScale }: LearnProblem,
): Float64Array {
  const images = unitRows(features, width);
  const classes = texts.length / width;
  return Float64Array.from({ length: (images.length / width) * classes }, (_, at) => {
    const [image, text] = [Math.floor(at / classes) * width, (at % classes) * width];
    let cosine = 0;
    for (let e = 0; e < width; e++) cosine += images[image + e]! * texts[text + e]!;
    return logitScale * cosine;
  });
}

describe('learning', () => {
  for (const one of coopGolden.cases) {
    it(`${one.case}: every step in float64 is PyTorch's`, async () => {
      const { problem, recorded, features } = await learnCase(one, 'float64');
      const graph = learnGraph(problem);
      const outputs = [graph.loss, graph.gradient];
      const weights = await loadWeights(outputs);
      const [losses, gradients, contexts, initial, last] = await Promise.all(
        ['f64.loss', 'f64.grad', 'f64.ctx', 'f64.ctx_init', 'f64.momentum_final'].map(recorded),
      );
      const context = arrange(one, initial!, true).slice();
      let momentum: Float64Array | null = null;
      let step = 0;
      for (const { images, labels, learningRate, width } of batches(features)) {
        const feeds: Record<string, Tensor> = {
          context: tensor(context, [problem.vectors, problem.text.width]),
          images: tensor(images, [labels.length, width]),
          labels: tensor(labels, [labels.length]),
        };
        const [loss, gradient] = interpret(outputs, feeds, weights);
        assert.ok(Math.abs(loss!.data[0]! - losses![step]!) < 1e-9);
        const part = (all: Float64Array) => all.subarray(step * context.length, (step + 1) * context.length);
        assert.ok(relative(arrange(one, gradient!.data, false), part(gradients!)) < 1e-8);
        momentum = sgdStep(context, gradient!.data, momentum, learningRate, {
          momentum: coopGolden.momentum,
          weightDecay: one.weight_decay,
        });
        assert.ok(absolute(arrange(one, context, false), part(contexts!)) < 1e-9);
        step += 1;
      }
      assert.equal(step, losses!.length);
      assert.ok(absolute(arrange(one, momentum!, false), last!) < 1e-8 * Math.max(...last!.map(Math.abs)));
    });

    it(`${one.case}: and on onnxruntime within the reference's own float32 distance`, async () => {
      const { problem, recorded, features } = await learnCase(one, 'float32');
      const runner = await createStepRunner(problem, {});
      const [losses, contexts, initial, gradients, logits] = await Promise.all(
        ['f64.loss', 'f64.ctx', 'f64.ctx_init', 'f64.grad', 'f64.logits_final'].map(recorded),
      );
      const context = Float32Array.from(arrange(one, initial!, true));
      let momentum: Float32Array | null = null;
      let step = 0;
      for (const { images, labels, learningRate } of batches(features)) {
        const { loss, gradient } = await runner.step(context, images, labels);
        assert.ok(Math.abs(loss - losses![step]!) < 2e-3);
        const expected = gradients!.subarray(step * context.length, (step + 1) * context.length);
        const distance = relative(arrange(one, Float64Array.from(gradient), false), expected);
        assert.ok(distance < (step === 0 ? 1e-4 : 1e-2), `gradient of step ${step}: ${distance}`);
        momentum = sgdStep(context, gradient, momentum, learningRate, {
          momentum: coopGolden.momentum,
          weightDecay: one.weight_decay,
        });
        step += 1;
      }
      const texts = unitRows(await runner.features(context), problem.imageWidth);
      await runner.release();
      assert.ok(absolute(logitsOf(features, texts, problem), logits!) < 3e-2);
      const last = arrange(one, Float64Array.from(context), false);
      assert.ok(absolute(last, contexts!.subarray(-context.length)) < 1e-4);
    });
  }

  it('has the reference’s learning rates', () => {
    const schedule = golden('schedule.json') as {
      epochs: Record<string, { lr: number[] }>;
      other: { E: number; lr0: number; warmup_epochs: number; warmup_lr: number; lr: number[] }[];
    };
    const check = (
      rates: readonly number[],
      epochs: number,
      rate: number,
      warmup: number,
      warmupRate: number,
    ) => {
      for (const [epoch, expected] of rates.entries()) {
        const actual = learningRateOf(epoch, {
          epochs,
          learningRate: rate,
          warmupEpochs: warmup,
          warmupLearningRate: warmupRate,
        });
        assert.ok(Math.abs(actual - expected) < 1e-12, `${epochs}: ${epoch}`);
      }
    };
    for (const [epochs, { lr }] of Object.entries(schedule.epochs)) check(lr, Number(epochs), 0.002, 1, 1e-5);
    for (const { E, lr0, warmup_epochs: w, warmup_lr: rate, lr } of schedule.other)
      check(lr, E, lr0, w, rate);
    assert.equal(Object.keys(schedule.epochs).length, 3);
  });

  it('takes the optimiser’s steps', () => {
    const sgd = golden('sgd.json') as {
      initial: number[];
      gradients: number[][];
      lr: number[];
      cases: {
        options: { momentum: number; weight_decay: number; nesterov?: boolean; dampening?: number };
        dtype: 'f64' | 'f32';
        params_after_step: number[][];
        momentum_buffer_after_step: (number[] | null)[];
      }[];
    };
    // Nesterov's and dampened steps are recorded too; CoOp takes neither.
    const plain = sgd.cases.filter(({ options }) => !options.nesterov && !options.dampening);
    assert.equal(plain.length, 6);
    for (const {
      options,
      dtype,
      params_after_step: expected,
      momentum_buffer_after_step: buffers,
    } of plain) {
      const make = (values: readonly number[]) =>
        dtype === 'f64' ? Float64Array.from(values) : Float32Array.from(values);
      const parameters = make(sgd.initial);
      let buffer: Float32Array | Float64Array | null = null;
      for (const [step, gradient] of sgd.gradients.entries()) {
        buffer = sgdStep(parameters, make(gradient), buffer, sgd.lr[step]!, {
          momentum: options.momentum,
          weightDecay: options.weight_decay,
        });
        const distance = absolute(parameters, Float64Array.from(expected[step]!));
        const tolerance = dtype === 'f64' ? 1e-14 : 1e-6;
        assert.ok(distance < tolerance, `${dtype} ${step}: ${distance}`);
        // torch keeps no buffer without momentum.
        const kept = buffers[step];
        if (kept != null) assert.ok(absolute(buffer, Float64Array.from(kept)) < 10 * tolerance);
        assert.equal(kept == null, options.momentum === 0);
      }
    }
  });
});
