import assert from 'node:assert/strict';
import fc from 'fast-check';
import { interpret } from '../../../src/engine/graph/interpret';
import { constant, input } from '../../../src/engine/graph/operations';
import { textTower } from '../../../src/engine/models/clip/text-tower';
import { dynamicLayout, layoutFeeds } from '../../../src/engine/models/clip/tower-layout';
import { embedRows, type RowEmbeddings } from '../../../src/engine/prompt/embed-rows';
import { packPrompts } from '../../../src/engine/prompt/pack-prompts';
import type { PromptRows, RowKey } from '../../../src/engine/prompt/prompt-rows';
import { createSession } from '../../../src/engine/runtime/create-session';
import type { Feed } from '../../../src/engine/runtime/session';
import { denseFeatures } from '../support/dense-text-tower';
import {
  BATCH,
  data,
  dense,
  embeddings,
  IMAGE,
  type Layout,
  layouts,
  model,
  PADDED,
  packed,
  packedGraph,
  promptRows,
  relativeDistance,
} from '../support/layout-case';

describe('packed text tower', () => {
  it('equals the dense tower in loss, features and context gradient for random layouts and class lists', () => {
    fc.assert(
      fc.property(layouts, layout => {
        const expected = dense(layout);
        const found = packed(layout);
        assert.ok(Math.abs(found.loss - expected.loss) <= 1e-10 * Math.abs(expected.loss), 'loss');
        assert.ok(relativeDistance(found.features, expected.features) <= 1e-10, 'features');
        const unused = expected.gradient.every(value => value === 0);
        assert.ok(unused || relativeDistance(found.gradient, expected.gradient) <= 1e-10, 'gradient');
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same numbers on onnxruntime', async () => {
    const layout: Layout = {
      pieces: [20, 'shared', 'name', 'csc', 21],
      names: [[1, 2], [1, 2, 3], [4], [1, 2]],
    };
    const expected = dense(layout);
    const { vectors, context, images, labels } = data(layout);
    const session = await createSession(packedGraph(layout), { threads: 1 });
    const feeds: Record<string, Feed> = {
      context: { data: Float32Array.from(context), shape: [vectors, model.width] },
      images: { data: Float32Array.from(images), shape: [BATCH, IMAGE] },
      labels: { data: Int32Array.from(labels), shape: [BATCH] },
    };
    const found = await session.run(feeds);
    assert.ok(Math.abs(found.loss.data[0]! - expected.loss) < 1e-4);
    assert.ok(relativeDistance(found.gradient.data, expected.gradient) < 1e-4);
    assert.ok(relativeDistance(found.features.data, expected.features) < 1e-5);
    await session.release();
  });

  it('scores any class list with one compiled graph', async () => {
    const rows = input('rows', ['R', model.width]);
    const tower = textTower(
      model,
      { learned: null, fixed: rows, order: null, constantKeysValues: null },
      dynamicLayout(model.heads),
    );
    const session = await createSession({ features: tower.features }, { threads: 1 });
    const lists = [[[1, 2], [3], [1, 4, 5]], [[6]], [[2], [2], [2, 1]]];
    for (const names of lists) {
      const layout: Layout = { pieces: [20, 21, 'name', 22], names };
      const prompts = promptRows(layout);
      const pack = packPrompts(prompts);
      const values = embedRows(pack.active, embeddings, new Float32Array(pack.active.length * model.width));
      const found = await session.run({
        ...layoutFeeds(pack, model.heads),
        rows: { data: values, shape: [pack.active.length, model.width] },
      });
      const expected = denseText(prompts, embeddings);
      const byClass = [...pack.promptOfClass].flatMap(prompt => [
        ...found.features.data.subarray(prompt * IMAGE, (prompt + 1) * IMAGE),
      ]);
      assert.ok(relativeDistance(byClass, expected) < 1e-5);
    }
    await session.release();
  });
});

function denseText(prompts: readonly PromptRows[], source: RowEmbeddings): Float64Array {
  const towers = prompts.map(rows => {
    const padded: RowKey[] = [...rows, ...Array(PADDED - rows.length).fill({ kind: 'token', id: 0 })];
    const x = embedRows(
      padded.map((key, position) => ({ key, position })),
      source,
      new Float64Array(PADDED * source.width),
    );
    return { x: constant(x, [PADDED, source.width]), end: rows.length - 1 };
  });
  return interpret([denseFeatures(model, towers)], {})[0]!.data;
}
