import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { defaultRecipe } from '../../../src/engine/methods/coop/default-recipe';
import { methodOf } from '../../../src/engine/methods/methods';
import type { Assignment, LearnIo } from '../../../src/engine/methods/parts/method';
import { FallingDevice } from '../../../src/engine/runtime/falling-device';
import { openProject } from '../../../src/engine/task/open-project';
import { findLine } from '../../../src/engine/task/prompt-lines';
import { Target } from '../../../src/engine/task/target';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import type { MethodSpec } from '../../../src/shared/contracts/method-spec';
import { parseTemplate } from '../../../src/shared/template/parse-template';
import { root } from '../../support/root';
import { MODELS, ModelCopy } from '../support/model-copy';
import { SIGLIP } from '../support/siglip-golden';

const IO: LearnIo = {
  device: new FallingDevice('cpu', [], () => undefined),
  threads: 1,
  onStep: () => undefined,
  onEpoch: async () => undefined,
  onCheckpoint: async () => undefined,
};
const LAYOUT = '[V:2] {}.';

const projectOf = (model: string) =>
  openProject({
    path: path.join(root, 'media/sample/families.prompts'),
    text: `@images ./images/groups\n@model ${model}\n\na photo of a {}.\n${LAYOUT}\n`,
  });

function assignmentOf<Spec extends MethodSpec>(
  project: ReturnType<typeof projectOf>,
  spec: Spec,
): Assignment<Spec> {
  return {
    spec,
    template: parseTemplate(LAYOUT).template!,
    baseline: findLine(project.document, 'a photo of a {}.'),
  };
}

describe('tasks on other families than CLIP', () => {
  it('a SigLIP: each class’s probability is its own, and a prompt is learned', async () => {
    const project = projectOf(path.join(SIGLIP, 'siglip'));
    const task = await new TaskShelf().open(project);
    const dev = await task.features('dev');
    const { features } = await task.text('a photo of a {}.');
    const { predictions, probabilities } = task.answer(dev, features);
    const classes = task.classes.names.length;
    const { scale, bias } = task.model.similarity;
    assert.ok(scale > 1 && bias < 0);
    for (const [i, best] of predictions.entries()) {
      const row = [...probabilities.subarray(i * classes, (i + 1) * classes)];
      assert.equal(row[best], Math.max(...row));
      assert.ok(row.every(share => share > 0 && share < 1 / (1 + Math.exp(-scale - bias))));
    }
    // Among fewer classes the same probabilities, not shares of their sum.
    const some = await Target.open(task, path.join(root, 'media/sample/images/groups'));
    assert.deepEqual(some.answer(task.answer(dev, features)).probabilities, probabilities);

    const spec = defaultRecipe({ name: 'cached', shots: 2, epochs: 3, batch: 8 });
    const assignment = assignmentOf(project, spec);
    const method = methodOf(spec);
    assert.ok(method.plan(task, assignment, 1).seconds > 0);
    const learner = await method.begin(task, assignment, IO);
    const learned = await learner.learn(1, null);
    await learner.release();
    assert.equal(learned.tensors.get('context')!.length, 2 * task.model.text.width);
    const answered = (await method.open(learned, task, assignment)).answer(dev);
    assert.equal(answered.independent, true);
    assert.notDeepEqual(answered.probabilities, probabilities);
  });

  it('ONNX towers: scores and methods on image features, no learned prompts', async () => {
    const model = new ModelCopy();
    const source = path.join(root, 'test/fixtures/golden/onnx/clip');
    mkdirSync(model.path('onnx'));
    copyFileSync(path.join(source, 'config.json'), model.path('config.json'));
    copyFileSync(path.join(MODELS, 'hf-vit-gelu/tokenizer.json'), model.path('tokenizer.json'));
    for (const name of ['text_model.onnx', 'vision_model.onnx'])
      copyFileSync(path.join(source, 'onnx', name), model.path('onnx', name));
    const project = projectOf(model.folder);
    const task = await new TaskShelf().open(project);
    const test = await task.features('test');
    const right = (predictions: Int32Array) =>
      predictions.filter((prediction, i) => prediction === test.labels[i]).length;
    const { features } = await task.text('a photo of a {}.');
    const before = right(task.answer(test, features).predictions);
    const probe = assignmentOf(project, { method: 'linear-probe', shots: 16, seeds: [1] } as const);
    const method = methodOf(probe.spec);
    const learned = await (await method.begin(task, probe, IO)).learn(1, null);
    const after = right((await method.open(learned, task, probe)).answer(test).predictions);
    assert.ok(after > before, `${after}, zero-shot ${before}`);

    const spec = defaultRecipe({ name: 'cached', shots: 2, epochs: 3, batch: 8 });
    const assignment = assignmentOf(project, spec);
    const refusal = { code: 'model.unsupported', message: /ONNX file, which takes token ids/ };
    assert.throws(() => methodOf(spec).plan(task, assignment, 1), refusal);
    await assert.rejects(async () => {
      await (await methodOf(spec).begin(task, assignment, IO)).learn(1, null);
    }, refusal);
    model.remove();
  });
});
