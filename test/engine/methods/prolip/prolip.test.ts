import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { methodOf } from '../../../../src/engine/methods/methods';
import { projectionStep } from '../../../../src/engine/methods/prolip/projection-step';
import { fitProjection } from '../../../../src/engine/methods/prolip/prolip';
import { openProject } from '../../../../src/engine/task/open-project';
import { findLine } from '../../../../src/engine/task/prompt-lines';
import { TaskShelf } from '../../../../src/engine/task/task-shelf';
import type { ProLipSpec } from '../../../../src/shared/contracts/method-spec';
import { parseTemplate } from '../../../../src/shared/template/parse-template';
import { root } from '../../../support/root';
import { onCpu } from '../../support/on-cpu';

interface Fit {
  readonly loss: number;
  readonly weight: readonly number[];
}

/** By PyTorch: tools/goldens/prolip.py. */
const golden = JSON.parse(readFileSync(`${root}/test/fixtures/golden/prolip.json`, 'utf8')) as {
  readonly shots: number;
  readonly classes: number;
  readonly inner: number;
  readonly width: number;
  readonly labels: readonly number[];
  readonly pooled: readonly number[];
  readonly weight: readonly number[];
  readonly bias: readonly number[];
  readonly texts: readonly number[];
  readonly float64: Fit;
};
const problem = {
  pooled: Float32Array.from(golden.pooled),
  labels: Int32Array.from(golden.labels),
  texts: Float32Array.from(golden.texts),
  bias: Float32Array.from(golden.bias),
  logitScale: 100,
};
const weight = Float32Array.from(golden.weight);
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((most, off) => Math.max(most, off), 0);

/** Mean cross-entropy in float64, written out. */
function crossEntropy(values: ArrayLike<number>): number {
  const { classes, inner, width } = golden;
  let sum = 0;
  for (const [n, label] of golden.labels.entries()) {
    const feature = golden.bias.map((shift, e) => {
      let value = shift;
      for (let i = 0; i < inner; i++) value += golden.pooled[n * inner + i]! * values[e * inner + i]!;
      return value;
    });
    const length = Math.hypot(...feature);
    const logits = Array.from(
      { length: classes },
      (_, c) =>
        (100 * feature.reduce((dot, value, e) => dot + value * golden.texts[c * width + e]!, 0)) / length,
    );
    const most = Math.max(...logits);
    sum += most + Math.log(logits.reduce((all, logit) => all + Math.exp(logit - most), 0)) - logits[label]!;
  }
  return sum / golden.labels.length;
}

describe('ProLIP', () => {
  it('ends where PyTorch’s Adam and cosine end', async () => {
    const { fitted, loss } = await fitProjection(problem, weight, 1 / golden.shots);
    // Ten times what float32 is away from float64 in PyTorch.
    assert.ok(furthest(fitted, golden.float64.weight) < 5e-6, `${furthest(fitted, golden.float64.weight)}`);
    assert.ok(Math.abs(loss - golden.float64.loss) < 2e-4, `${loss}, not ${golden.float64.loss}`);
    assert.ok(furthest(fitted, weight) > 1e-2, 'it has moved');
  });

  it('descends the gradient of its loss, by finite differences in float64', async () => {
    const step = await projectionStep(problem);
    const { loss, gradient } = await step.evaluate(weight);
    await step.release();
    const h = 1e-6;
    const differences = golden.weight.map((_, at) => {
      const moved = (by: number) => golden.weight.map((value, i) => (i === at ? value + by : value));
      return (crossEntropy(moved(h)) - crossEntropy(moved(-h))) / (2 * h);
    });
    const scale = Math.max(...differences.map(Math.abs));
    assert.ok(Math.abs(loss - crossEntropy(golden.weight)) < 1e-4 * loss);
    assert.ok(furthest(gradient, differences) < 1e-5 * scale, `${furthest(gradient, differences) / scale}`);
  });

  it('is zero-shot where λ is without end', async () => {
    const { fitted } = await fitProjection(problem, weight, 1e9);
    assert.ok(furthest(fitted, weight) < 1e-6, `${furthest(fitted, weight)}`);
  });

  it('on the sample is better than the baseline, and any line can be asked on what it adapted', async () => {
    const project = openProject({
      path: `${root}/media/sample/methods.prompts`,
      text: '@images ./images/groups\n@model icon-clip\na photo of a {}.\na flat emoji of a {}.\n',
    });
    const task = await new TaskShelf().open(project);
    const spec: ProLipSpec = { method: 'prolip', shots: 16, seeds: [1] };
    const line = (text: string) => findLine(project.document, text);
    const baseline = line('a photo of a {}.');
    const assignment = { spec, template: parseTemplate('[V:4] {}.').template!, baseline };
    const own = methodOf(spec);
    const learned = await (await own.begin(task, assignment, onCpu)).learn(1, null);
    const test = await task.features('test');
    const right = (predictions: Int32Array) =>
      predictions.filter((prediction, i) => prediction === test.labels[i]).length;
    for (const asked of [baseline, line('a flat emoji of a {}.')]) {
      const { features } = await task.text(asked);
      const before = right(task.answer(test, features).predictions);
      const adapted = await own.open(learned, task, { ...assignment, baseline: asked });
      const after = right(adapted.answer(test).predictions);
      assert.ok(after > before + 20, `${asked.line}: ${after} of ${test.labels.length}, before ${before}`);
    }
    // With the model's own projection it is the model.
    const { weight: first, bias } = await task.model.images.projection!.weights();
    const untouched = await own.open(
      { ...learned, tensors: new Map([...learned.tensors, ['weight', first], ['bias', bias]]) },
      task,
      assignment,
    );
    const { features } = await task.text(baseline);
    assert.deepEqual(untouched.answer(test).predictions, task.answer(test, features).predictions);
  });
});
