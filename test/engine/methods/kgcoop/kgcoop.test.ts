import assert from 'node:assert/strict';
import path from 'node:path';
import { interpret, tensor } from '../../../../src/engine/graph/interpret';
import { loadWeights } from '../../../../src/engine/graph/load-weights';

import { defaultRecipe } from '../../../../src/engine/methods/coop/default-recipe';
import { learnGraph } from '../../../../src/engine/methods/coop/learn-graph';
import { methodOf } from '../../../../src/engine/methods/methods';
import type { Assignment, Epoch, Learned } from '../../../../src/engine/methods/parts/method';
import { FallingDevice } from '../../../../src/engine/runtime/falling-device';
import { openProject } from '../../../../src/engine/task/open-project';
import { findLine } from '../../../../src/engine/task/prompt-lines';
import { TaskShelf } from '../../../../src/engine/task/task-shelf';
import type { PromptChoice } from '../../../../src/shared/contracts/method-spec';
import { parseTemplate } from '../../../../src/shared/template/parse-template';
import { root } from '../../../support/root';
import { coopGolden } from '../../support/coop-golden';
import { learnCase } from '../../support/learn-case';
import { randomNumbers } from '../../support/random-text-model';

const unit = (row: Float64Array) => {
  const length = Math.hypot(...row);
  return row.map(value => value / length);
};

describe('KgCoOp', () => {
  it('adds λ · mean over classes of 1 − cosine to CoOp’s loss, with its gradient', async () => {
    const { problem, features, recorded } = await learnCase(coopGolden.cases[0]!, 'float64');
    const context = await recorded('f64.ctx_init');
    const next = randomNumbers(3);
    const classes = coopGolden.classnames.length;
    const towards = Float32Array.from(
      Array.from({ length: classes }, () => [
        ...unit(Float64Array.from({ length: problem.imageWidth }, next)),
      ]).flat(),
    );
    const feeds = (values: Float64Array) => ({
      context: tensor(values, [problem.vectors, problem.text.width]),
      images: tensor(features.subarray(0, problem.batch * problem.imageWidth), [
        problem.batch,
        problem.imageWidth,
      ]),
      labels: tensor(coopGolden.labels.slice(0, problem.batch), [problem.batch]),
    });
    const plain = learnGraph(problem);
    const pulled = learnGraph({ ...problem, pull: { weight: 2.5, towards } });
    const weights = await loadWeights([pulled.loss, pulled.gradient, plain.loss]);
    const [loss, gradient] = interpret([pulled.loss, pulled.gradient], feeds(context), weights);
    const [crossEntropy, texts] = interpret([plain.loss, plain.features], feeds(context), weights);
    const width = problem.imageWidth;
    let cosines = 0;
    for (let label = 0; label < classes; label++) {
      const row = unit(texts!.data.slice(label * width, (label + 1) * width) as Float64Array);
      for (const [i, value] of row.entries()) cosines += value * towards[label * width + i]!;
    }
    const expected = crossEntropy!.data[0]! + 2.5 * (1 - cosines / classes);
    assert.ok(Math.abs(loss!.data[0]! - expected) < 1e-9, `${loss!.data[0]} ≠ ${expected}`);
    const direction = Float64Array.from(context, next);
    const along = (step: number) =>
      interpret([pulled.loss], feeds(context.map((value, i) => value + step * direction[i]!)), weights)[0]!
        .data[0]!;
    const slope = (along(1e-5) - along(-1e-5)) / 2e-5;
    const told = gradient!.data.reduce((sum, value, i) => sum + value * direction[i]!, 0);
    assert.ok(Math.abs(slope - told) < 1e-6 * Math.abs(told), `${slope} ≠ ${told}`);
  });

  describe('on the sample', () => {
    const project = openProject({
      path: path.join(root, 'media/sample/kgcoop.prompts'),
      text: '@images ./images/groups\n@model icon-clip\na photo of a {}.\n[V:4] {}.\n',
    });
    const shelf = new TaskShelf();

    async function learned(
      choice: PromptChoice,
    ): Promise<{ learned: Learned; losses: number[]; distance: number }> {
      const task = await shelf.open(project);
      const spec = defaultRecipe({ name: 'cached', shots: 2, epochs: 4, ...choice });
      const assignment: Assignment<typeof spec> = {
        spec,
        template: parseTemplate('[V:4] {}.').template!,
        baseline: findLine(project.document, 'a photo of a {}.'),
      };
      const losses: number[] = [];
      const learner = await methodOf(spec).begin(task, assignment, {
        device: new FallingDevice('cpu', [], () => undefined),
        threads: 1,
        onStep: () => undefined,
        onEpoch: async ({ figures }: Epoch) => void losses.push(figures['loss']!),
        onCheckpoint: async () => undefined,
      });
      const end = await learner.learn(1, null);
      await learner.release();
      const baseline = await task.text(assignment.baseline);
      const dev = await task.features('dev');
      const classifier = await methodOf(spec).open(end, task, assignment);
      const [mine, given] = [classifier.answer(dev), task.answer(dev, baseline.features)];
      const distance = mine.probabilities.reduce(
        (sum, value, i) => sum + Math.abs(value - given.probabilities[i]!),
        0,
      );
      return { learned: end, losses, distance };
    }

    it('is CoOp bit for bit without its penalty', async () => {
      const [coop, kgcoop] = [await learned({}), await learned({ method: 'kgcoop', lambda: 0 })];
      assert.deepEqual(kgcoop, coop);
      assert.ok(coop.losses.length === 4);
    });

    it('names the learning rate where it has led beyond all numbers', async () => {
      await assert.rejects(learned({ learningRate: 1e30, epochs: 3 }), {
        code: 'run.nonFinite',
        message: /text feature .* epoch 3/,
        next: /learning rate/,
      });
    });

    it('stays nearer to the baseline than CoOp', async () => {
      const [free, held] = [await learned({ epochs: 20 }), await learned({ epochs: 20, method: 'kgcoop' })];
      assert.ok(held.distance < free.distance / 2, `${held.distance} and ${free.distance}`);
    });
  });
});
