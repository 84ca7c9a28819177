import assert from 'node:assert/strict';
import path from 'node:path';
import { nearestWords } from '../../../../src/engine/methods/coop/nearest-words';
import { loadTokenizer } from '../../../../src/engine/models/tokenizer/load-tokenizer';
import type { LearnedContext } from '../../../../src/files/contexts/learned-context';
import { readSafetensorsHeader, readTensor } from '../../../../src/files/tensors/safetensors';
import { root } from '../../../support/root';
import { randomNumbers } from '../../support/random-text-model';

const folder = path.join(root, 'media/sample/icon-clip');

const contextOf = (width: number, slots: LearnedContext['slots'], classNames: readonly string[] = []) => ({
  width,
  slots,
  classNames,
  template: '',
  model: '',
  modelHash: '',
  runId: '',
  createdAt: '',
});

describe('nearest words', () => {
  async function sample() {
    const file = path.join(folder, 'open_clip_model.safetensors');
    const { tensors } = await readSafetensorsHeader(file);
    const info = tensors.get('token_embedding.weight')!;
    const tables = {
      width: info.shape[1]!,
      tokens: await readTensor(file, info),
      positions: Float32Array.of(),
    };
    return { tables, tokenizer: await loadTokenizer(folder) };
  }

  it('finds the words a context was initialised from, at distance 0', async () => {
    const { tables, tokenizer } = await sample();
    const { width, tokens } = tables;
    const ids = tokenizer.encode('a photo of a');
    const values = Float32Array.from(ids.flatMap(id => [...tokens.subarray(id * width, (id + 1) * width)]));
    const found = nearestWords(
      contextOf(width, [{ length: ids.length, perClass: false, values }]),
      tables,
      tokenizer,
      3,
    );
    assert.deepEqual(
      found.map(({ slot, vector, words }) => [slot, vector, words.length, words[0]]),
      ids.map((id, at) => [1, at + 1, 3, { text: tokenizer.decode(id), distance: 0 }]),
    );
  });

  it('equals a full sort of all distances', async () => {
    const { tables, tokenizer } = await sample();
    const { width, tokens } = tables;
    const next = randomNumbers(3);
    const slots = [1, 2].map(length => ({
      length,
      perClass: false,
      values: Float32Array.from({ length: length * width }, () => next() / 20),
    }));
    const found = nearestWords(contextOf(width, slots), tables, tokenizer, 12);
    assert.deepEqual(
      found.map(({ slot, vector }) => [slot, vector]),
      [
        [1, 1],
        [2, 1],
        [2, 2],
      ],
    );
    for (const { slot, vector, words } of found) {
      const values = slots[slot - 1]!.values.subarray((vector - 1) * width, vector * width);
      const all = Array.from({ length: tokens.length / width }, (_, id) => ({
        text: tokenizer.decode(id),
        distance: Math.hypot(...values.map((value, i) => value - tokens[id * width + i]!)),
      })).sort((a, b) => a.distance - b.distance);
      assert.deepEqual(
        words.map(({ text }) => text),
        all.slice(0, 12).map(({ text }) => text),
      );
      for (const [at, { distance }] of words.entries())
        assert.ok(Math.abs(distance - all[at]!.distance) < 1e-6, `${distance} ${all[at]!.distance}`);
    }
  });

  it('names the class of a class-specific vector', async () => {
    const { tables, tokenizer } = await sample();
    const { width, tokens } = tables;
    const words = ['dog', 'red'].map(word => tokenizer.encode(word).at(-1)!);
    const values = Float32Array.from(words.flatMap(id => [...tokens.subarray(id * width, (id + 1) * width)]));
    const context = contextOf(width, [{ length: 1, perClass: true, values }], ['first', 'second']);
    assert.deepEqual(
      nearestWords(context, tables, tokenizer, 1).map(({ className, words: [word] }) => [
        className,
        word?.text,
      ]),
      [
        ['first', tokenizer.decode(words[0]!)],
        ['second', tokenizer.decode(words[1]!)],
      ],
    );
  });

  it('keeps the smaller id where distances are equal, and gives fewer words than asked for when there are fewer', () => {
    const tokenizer = {
      encode: () => [],
      decode: (id: number) => `#${id}`,
      padding: 0,
      poolsAtEnd: true,
      sot: 0,
      eot: 0,
      vocabularySize: 300,
    };
    const tokens = Float32Array.from({ length: 300 }, (_, id) => (id % 2 === 0 ? 1 : 3));
    const tables = { width: 1, tokens, positions: Float32Array.of() };
    const context = contextOf(1, [{ length: 1, perClass: false, values: Float32Array.of(2) }]);
    assert.deepEqual(
      nearestWords(context, tables, tokenizer, 3)[0]!.words.map(({ text }) => text),
      ['#0', '#1', '#2'],
    );
    assert.equal(nearestWords(context, tables, tokenizer, 1000)[0]!.words.length, 300);
  });
});
