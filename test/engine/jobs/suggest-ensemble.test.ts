import assert from 'node:assert/strict';
import { suggestEnsemble } from '../../../src/engine/jobs/suggest-ensemble';
import { softmaxSimilarity } from '../../../src/engine/measure/zero-shot';
import type { EncodedImages } from '../../../src/engine/task/encoded-images';
import type { Task } from '../../../src/engine/task/task';
import { parseTemplate } from '../../../src/shared/template/parse-template';

describe('an ensemble for more images than can be held', () => {
  it('is chosen on images of every class', async () => {
    const similarity = softmaxSimilarity(3, 1);
    const task = {
      model: { embedWidth: 3 },
      classes: { names: ['one', 'two'] },
      answer: ({ features }: EncodedImages, texts: Float32Array) => similarity.classify(features, texts),
    } as unknown as Task;
    // Sorted by class; those of the second are of two kinds, and each template knows one of them.
    const labels = Int32Array.from({ length: 80 }, (_, i) => (i < 40 ? 0 : 1));
    const features = new Float32Array(80 * 3);
    for (let i = 0; i < 80; i++) features[i * 3 + (i < 40 ? 0 : i < 60 ? 1 : 2)] = 1;
    const dev = { features, labels } as EncodedImages;
    const texts = [
      [0.8, 0, 0.6, 0, 1, 0],
      [0.8, 0.6, 0, 0, 0, 1],
    ].map(each => Float32Array.from(each));
    const templates = ['a {}', 'the {}'].map(line => parseTemplate(line).template!);
    const base = new Int32Array(80);
    for (const [most, images] of [
      [2 * 2 * 8, 8],
      [2 * 2 * 80, 80],
    ] as const) {
      const { ensemble } = await suggestEnsemble(task, templates, texts, dev, base, {}, most);
      assert.deepEqual(
        [ensemble?.lines, ensemble?.accuracy, ensemble?.images],
        [['a {}', 'the {}'], 1, images],
      );
    }
  });
});
