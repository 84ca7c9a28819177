import assert from 'node:assert/strict';
import path from 'node:path';
import { chunksOf, createChunkedStepRunner } from '../../../../src/engine/methods/coop/chunked-step-runner';
import { initialContext } from '../../../../src/engine/methods/coop/initial-context';
import { buildProblem } from '../../../../src/engine/methods/coop/learn-problem';
import { createStepRunner } from '../../../../src/engine/methods/coop/step-runner';
import { openModel } from '../../../../src/engine/models/shelf/open-model';
import { templateRows } from '../../../../src/engine/prompt/template-rows';
import { parseTemplate } from '../../../../src/shared/template/parse-template';
import { root } from '../../../support/root';
import { relativeDistance } from '../../support/layout-case';

const names = ['dog', 'small dog', 'cat', 'small cat', 'a very old house', 'dog', 'tree', 'house'];

async function problemOf(line: string) {
  const model = await openModel(path.join(root, 'media/sample/icon-clip'));
  const template = templateRows(
    parseTemplate(line).template!,
    { names, columns: new Map() },
    await model.tokenizer(),
    { contextLength: model.contextLength },
  );
  return { model, template, classes: names.length, batch: 4 };
}

describe('learning in chunks of classes', () => {
  for (const line of ['[V:4] {}.', 'a photo of {} [V:3 per-class].', '[V:2] small {} [V:2 per-class].']) {
    it(`gives the loss, gradient and features of the whole step: ${line}`, async () => {
      const options = await problemOf(line);
      const { model, template } = options;
      const context = initialContext(template, names.length, await model.textTables(), 3);
      const images = Float32Array.from({ length: 4 * model.embedWidth }, (_, i) => Math.sin(i * i + 1));
      const labels = Int32Array.of(0, 3, 7, 4);
      const whole = await createStepRunner(await buildProblem(options), { device: 'cpu' });
      const expected = await whole.step(context, images, labels);
      const features = await whole.features(context);
      await whole.release();
      for (const chunks of [
        [
          [0, 3],
          [3, 4],
          [4, 8],
        ],
        [[0, 8]],
      ] as const) {
        const runner = await createChunkedStepRunner(options, chunks, { device: 'cpu' });
        const found = await runner.step(context, images, labels);
        assert.ok(Math.abs(found.loss - expected.loss) < 1e-5 * Math.abs(expected.loss));
        assert.ok(relativeDistance(found.gradient, expected.gradient) < 1e-5);
        assert.ok(relativeDistance(await runner.features(context), features) < 1e-5);
        await runner.release();
      }
    });
  }

  it('takes as few chunks as the budget allows, and every class once', async () => {
    const options = await problemOf('[V:4] {}.');
    assert.deepEqual(chunksOf(options), [[0, 8]]);
    for (const budget of [1, 1e5, 4e5]) {
      const chunks = chunksOf(options, budget);
      assert.ok(chunks.length > 1 && chunks.length <= 8);
      assert.deepEqual(
        chunks.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i)),
        [0, 1, 2, 3, 4, 5, 6, 7],
      );
    }
  });
});
