import assert from 'node:assert/strict';
import path from 'node:path';
import {
  readTorchCheckpoint,
  type TorchCheckpoint,
  type TorchTensor,
} from '../../../../src/engine/io/torch/torch-checkpoint';
import { type ImportOptions, importCheckpoint } from '../../../../src/engine/methods/coop/import-checkpoint';
import { root } from '../../../support/root';
import { randomNumbers } from '../../support/random-text-model';

const FOLDER = path.join(root, 'test/fixtures/golden/checkpoint');
const WIDTH = 8;
const CONTEXT_LENGTH = 12;
const VECTORS = 4;
const SOT = 9;
const DOT = 8;
/** Words of the names, by token. */
const WORDS = ['cat', 'dog', 'red', 'fox', 'owl', 'eel', 'ant', 'bee'];
const NAMES = ['cat', 'dog', 'red fox', 'owl'];

const next = randomNumbers(5);
const tokens = Float32Array.from({ length: 10 * WIDTH }, next);
const encode = (text: string) =>
  text.split(/(?=\.)| /).map(word => (word === '.' ? DOT : WORDS.indexOf(word)));
const model: ImportOptions['model'] = {
  id: 'tiny',
  hash: 'abc',
  tables: { width: WIDTH, tokens, positions: new Float32Array(CONTEXT_LENGTH * WIDTH) },
  tokenizer: { sot: SOT, encode },
};
const options: ImportOptions = { model, position: 'end', classNames: [], createdAt: '2026-01-01T00:00:00Z' };

function tensor(shape: readonly number[], values?: Float32Array): TorchTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype: 'F16', shape, values: values ?? Float32Array.from({ length: count }, next) };
}

/** What CoOp's PromptLearner saves for classes; `repeat`: each of them so many times over, as PLOT does. */
function learner(
  ctx: readonly number[],
  names: readonly string[] = NAMES,
  repeat = 1,
): [string, TorchTensor][] {
  const all = Array.from({ length: repeat }, () => names).flat();
  const embedding = (id: number) => tokens.subarray(id * WIDTH, (id + 1) * WIDTH);
  const prefix = Float32Array.from(all.flatMap(() => [...embedding(SOT)]));
  const rows = CONTEXT_LENGTH - 1 - VECTORS;
  const suffix = Float32Array.from(
    all.flatMap(name => {
      const ids = [...encode(`${name}.`), 0, 0, 0, 0, 0, 0, 0].slice(0, rows);
      return ids.flatMap(id => [...embedding(id)]);
    }),
  );
  return [
    ['ctx', tensor(ctx)],
    ['token_prefix', tensor([all.length, 1, WIDTH], prefix)],
    ['token_suffix', tensor([all.length, rows, WIDTH], suffix)],
  ];
}
const checkpoint = (...tensors: readonly (readonly [string, TorchTensor])[]): TorchCheckpoint => ({
  tensors: new Map(tensors),
  epoch: 50,
  valResult: null,
});
const unified = [VECTORS, WIDTH];
const ownOf = (classes: number) => [classes, VECTORS, WIDTH];
const refused = (from: TorchCheckpoint, message: RegExp, given: Partial<ImportOptions> = {}) =>
  assert.throws(() => importCheckpoint(from, { ...options, ...given }), {
    code: 'context.mismatch',
    message,
  });

describe('importing checkpoints', () => {
  it('CoOp’s, ProGrad’s and KgCoOp’s, under the prompt learner’s name too', () => {
    const context = importCheckpoint(checkpoint(...learner(unified)), options);
    assert.deepEqual([context.template, context.classNames], ['[V:4] {}.', []]);
    const whole = learner(unified).map(([name, each]) => [`prompt_learner.${name}`, each] as const);
    assert.equal(importCheckpoint(checkpoint(...whole), options).template, '[V:4] {}.');
    const own = importCheckpoint(checkpoint(...learner(ownOf(4))), { ...options, classNames: NAMES });
    assert.deepEqual([own.template, own.classNames], ['[V:4 per-class] {}.', NAMES]);
  });

  it('refuses PLOT’s several prompts, as many as there are classes or not', () => {
    refused(checkpoint(...learner(ownOf(2), NAMES, 2)), /of PLOT: 2 prompts for each of 4 classes/);
    const asMany = checkpoint(...learner(ownOf(4), NAMES, 4));
    refused(asMany, /of PLOT: 4 prompts for each of 4 classes/, { classNames: NAMES });
    refused(checkpoint(...learner(ownOf(3))), /vectors for 3 classes, but token_prefix has 4 rows/);
    const [ctx] = learner(ownOf(4));
    refused(checkpoint(ctx!), /lacks token_prefix/, { classNames: NAMES });
  });

  for (const [method, names, message] of [
    ['CoCoOp', ['meta_net.linear1.weight'], /meta network, as CoCoOp’s/],
    ['MaPLe', ['compound_prompts_text.0', 'proj.weight', 'proj.bias'], /of MaPLe/],
    ['MaPLe, whole', ['prompt_learner.compound_prompts_text.0', 'image_encoder.conv1.weight'], /of MaPLe/],
    ['VPT', ['image_encoder.VPT', 'image_encoder.conv1.weight'], /prompts in the image tower \(VPT, IVLP/],
    ['IVLP', ['image_encoder.transformer.resblocks.1.VPT_shallow'], /prompts in the image tower/],
    ['PromptSRC', ['text_encoder.transformer.resblocks.1.VPT_shallow'], /prompts in deeper layers/],
    [
      'a whole model',
      ['image_encoder.conv1.weight', 'text_encoder.ln_final.bias'],
      /towers of a whole model/,
    ],
    ['anything else', ['depth_prompt'], /its tensor "depth_prompt" is none of CoOp’s/],
  ] as const)
    it(`refuses ${method} by name`, () => {
      refused(
        checkpoint(...learner(unified), ...names.map(name => [name, tensor([2, WIDTH])] as const)),
        message,
      );
    });

  it('refuses another model and other classes', () => {
    const other = { ...model, tables: { ...model.tables, tokens: tokens.map(value => -value) } };
    refused(checkpoint(...learner(unified)), /start-of-text embedding is not that of “tiny”/, {
      model: other,
    });
    const [ctx, prefix, suffix] = learner(unified);
    // The first row alone being the model's proves nothing of the others.
    const mixed = prefix![1].values.slice();
    mixed.fill(1, WIDTH);
    refused(checkpoint(ctx!, ['token_prefix', tensor([4, 1, WIDTH], mixed)], suffix!), /start-of-text/);
    refused(checkpoint(ctx!, prefix!, ['token_suffix', tensor([4, 9, WIDTH])]), /token_suffix has the shape/);
    refused(checkpoint(...learner(ownOf(4))), /vectors for 4 classes, and 0 names were given/);
    const named = (...classNames: string[]) => ({ classNames });
    refused(checkpoint(...learner(unified)), /4 classes, and 2 names/, named('cat', 'dog'));
    const swapped = named('dog', 'cat', 'red fox', 'owl');
    refused(checkpoint(...learner(ownOf(4))), /its class 1 is not “dog”/, swapped);
    refused(checkpoint(...learner(ownOf(4))), /its class 3 is not “red”/, named('cat', 'dog', 'red', 'owl'));
  });

  it('reads the files of torch.save: context, position, number of classes', async () => {
    const file = await readTorchCheckpoint(path.join(FOLDER, 'prompt_learner/model.pth.tar-5'));
    const width = 24;
    const asked = (from: TorchCheckpoint): ImportOptions => ({
      ...options,
      model: {
        ...model,
        tables: {
          width,
          tokens: from.tensors.get('token_prefix')!.values.slice(0, width),
          positions: new Float32Array(77 * width),
        },
        tokenizer: { sot: 0, encode: () => [] },
      },
    });
    const context = importCheckpoint(file, asked(file));
    assert.equal(context.template, '[V:4] {}.');
    assert.deepEqual(context.slots[0]!.values, file.tensors.get('ctx')!.values);
    const middle = importCheckpoint(file, { ...asked(file), position: 'middle' });
    assert.equal(middle.template, '[V:2] {} [V:2].');
    assert.deepEqual(
      middle.slots.flatMap(({ values }) => [...values]),
      [...file.tensors.get('ctx')!.values],
    );
    const csc = await readTorchCheckpoint(path.join(FOLDER, 'csc/model-best.pth.tar'));
    const named = importCheckpoint(csc, { ...asked(csc), classNames: ['a', 'b', 'c', 'd'] });
    assert.equal(named.template, '[V:4 per-class] {}.');
    const cocoop = await readTorchCheckpoint(path.join(FOLDER, 'cocoop/model.pth.tar-5'));
    assert.throws(() => importCheckpoint(cocoop, asked(cocoop)), /CoCoOp/);
  });
});
