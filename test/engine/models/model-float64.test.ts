import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { interpret, tensor } from '../../../src/engine/graph/interpret';
import { loadWeights } from '../../../src/engine/graph/load-weights';
import { topologicalOrder } from '../../../src/engine/graph/node';
import { constant } from '../../../src/engine/graph/operations';
import { normalisationTable } from '../../../src/engine/images/preprocess';
import { textTower } from '../../../src/engine/models/clip/text-tower';
import { staticLayout } from '../../../src/engine/models/clip/tower-layout';
import type { ClipModel } from '../../../src/engine/models/parts/clip-model';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { embedRows, noFixedVectors } from '../../../src/engine/prompt/embed-rows';
import { packPrompts } from '../../../src/engine/prompt/pack-prompts';
import type { PromptRows } from '../../../src/engine/prompt/prompt-rows';
import { readSafetensorsHeader, readTensor } from '../../../src/files/tensors/safetensors';
import { root } from '../../support/root';
import { imageGraph } from '../support/image-graph';
import { trieNodes } from '../support/trie-nodes';

const MODELS = path.join(root, 'test/fixtures/golden/models');
const CONTEXT = 77;

/** The reference lists its float64 logits with nine decimals. */
const TOLERANCE = 1e-9;

interface Expected {
  readonly ids_unpadded: readonly (readonly number[])[];
  readonly logits_per_image_f64: readonly (readonly number[])[];
}

/** Both towers in the float64 interpreter: what is left of a difference is an error of the graph, not of rounding. */
describe('golden models in float64', () => {
  for (const name of ['hf-vit-quickgelu', 'hf-vit-gelu', 'openclip-vit', 'openclip-rn']) {
    it(`${name}: logits`, async () => {
      const model = await openModel(path.join(MODELS, name));
      const expected = JSON.parse(readFileSync(path.join(MODELS, name, 'expected.json'), 'utf8')) as Expected;
      const file = path.join(MODELS, name, 'expected.safetensors');
      const { tensors } = await readSafetensorsHeader(file);
      const [ids, ends, pixels] = await Promise.all(
        ['input_ids', 'eot_index', 'pixels_u8'].map(key => readTensor(file, tensors.get(key)!)),
      );
      const prompts = Array.from(
        ends!,
        (end, at): PromptRows =>
          Array.from(ids!.subarray(at * CONTEXT, at * CONTEXT + end + 1), id => ({ kind: 'token', id })),
      );
      const text = unit(await textFeatures(model, prompts), model.embedWidth);
      const image = unit(await imageFeatures(model, pixels!), model.embedWidth);
      const { logits_per_image_f64: logits } = expected;
      const found = logits.map((row, i) =>
        row.map((_, t) => model.similarity.scale * dot(image[i]!, text[t]!)),
      );
      for (const [i, row] of logits.entries()) {
        for (const [t, value] of row.entries())
          assert.ok(Math.abs(found[i]![t]! - value) <= TOLERANCE, `image ${i}, text ${t}: ${found[i]![t]}`);
      }
    });
  }
});

async function textFeatures(model: ClipModel, prompts: readonly PromptRows[]): Promise<Float64Array> {
  const packed = packPrompts(prompts);
  const { width, tokens, positions } = await model.textTables();
  const rows = embedRows(
    packed.active,
    {
      width,
      token: id => tokens.subarray(id * width, (id + 1) * width),
      positional: position => positions.subarray(position * width, (position + 1) * width),
      fixedVector: noFixedVectors,
    },
    new Float64Array(packed.active.length * width),
  );
  const fixed = constant(rows, [packed.active.length, width]);
  const tower = textTower(
    trieNodes(model),
    { learned: null, fixed, order: null, constantKeysValues: null },
    staticLayout(packed, trieNodes(model).heads),
  );
  const features = tower.features;
  const [value] = interpret([features], {}, await loadWeights([features]));
  const byPrompt = [...packed.promptOfClass].flatMap(prompt => [
    ...value!.data.subarray(prompt * model.embedWidth, (prompt + 1) * model.embedWidth),
  ]);
  return Float64Array.from(byPrompt);
}

/** The reference widens its float32 pixels to float64, so these are given and the division by 255 is not computed. */
async function imageFeatures(model: ClipModel, pixels: Float32Array): Promise<Float64Array> {
  const { size } = model.preprocess;
  const features = imageGraph(model);
  const feeds = { pixels: tensor(pixels, [pixels.length / (size * size * 3), size, size, 3]) };
  const given = await loadWeights([features]);
  const normalised = topologicalOrder([features]).find(
    ({ op, inputs }) => op === 'divide' && inputs[0]!.op === 'subtract',
  )!;
  // ((level / 255) − mean) / std
  const levels = interpret([normalised.inputs[0]!.inputs[0]!.inputs[0]!], feeds, given)[0]!;
  const channel =
    normalised.shape.length === 4 ? (i: number) => Math.floor(i / size ** 2) % 3 : (i: number) => i % 3;
  const table = normalisationTable(model.preprocess);
  given.set(
    normalised,
    tensor(
      levels.data.map((level, i) => table[256 * channel(i) + level]!),
      levels.shape,
    ),
  );
  return interpret([features], feeds, given)[0]!.data;
}

function unit(values: Float64Array, width: number): Float64Array[] {
  return Array.from({ length: values.length / width }, (_, row) => {
    const part = values.subarray(row * width, (row + 1) * width);
    const length = Math.sqrt(dot(part, part));
    return part.map(value => value / length);
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
