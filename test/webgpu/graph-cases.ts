import path from 'node:path';
import type { Node } from '../../src/engine/graph/node';
import { input } from '../../src/engine/graph/operations';
import { learnGraph } from '../../src/engine/methods/coop/learn-graph';
import { buildProblem } from '../../src/engine/methods/coop/learn-problem';
import { textTower } from '../../src/engine/models/clip/text-tower';
import { dynamicLayout, layoutFeeds } from '../../src/engine/models/clip/tower-layout';
import type { ClipModel } from '../../src/engine/models/parts/clip-model';
import { openModel } from '../../src/engine/models/shelf/open-model';
import { embedRows, type RowEmbeddings } from '../../src/engine/prompt/embed-rows';
import { type PackedRow, packPrompts } from '../../src/engine/prompt/pack-prompts';
import type { PromptRows, RowKey } from '../../src/engine/prompt/prompt-rows';
import { templateRows } from '../../src/engine/prompt/template-rows';
import { promptTokens } from '../../src/engine/prompt/tokenizer';
import type { Feed } from '../../src/engine/runtime/session';
import { parseTemplate } from '../../src/shared/template/parse-template';
import { type CoopCase, coopGolden } from '../engine/support/coop-golden';
import { imageGraph } from '../engine/support/image-graph';
import { learnCase as recordedCase } from '../engine/support/learn-case';
import { randomNumbers } from '../engine/support/random-text-model';
import { SIGLIP } from '../engine/support/siglip-golden';
import { trieNodes } from '../engine/support/trie-nodes';
import { root } from '../support/root';

/** One graph of the product with inputs for it. */
export interface GraphCase {
  readonly name: string;
  readonly outputs: Readonly<Record<string, Node>>;
  readonly feeds: Readonly<Record<string, Feed>>;
}

/** The recorded cases whose graphs differ: not those of other initial words, decay or length alone. */
const recordedLayouts = coopGolden.cases.filter(
  ({ ctx_init_words: words, weight_decay: decay, M }) =>
    words === null && decay === coopGolden.cases[0]!.weight_decay && M < 16,
);

const layoutName = ({ case: name }: CoopCase): string => `learning the layout ${name}`;

export const layoutNames: readonly string[] = recordedLayouts.map(layoutName);

const MODELS = path.join(root, 'test/fixtures/golden/models');
const BATCH = 3;
const CLASS_NAMES = [[326], [618, 339], [1102, 538, 596], [618, 339]];
const SHARED = 4;
const CLASS_SPECIFIC = 2;

/**
 * Every kind of layer: ViT and ModifiedResNet, QuickGELU and exact GELU, separate and fused attention weights, F32, F16
 * and BF16, one layout for all prompts and the layouts that learn; attention pooling, rotary positions, towers without a mask.
 */
export async function graphCases(): Promise<GraphCase[]> {
  const open = (name: string) => openModel(path.join(MODELS, name));
  const [hfQuickGelu, hfGelu, openClipVit, openClipResNet] = await Promise.all(
    ['hf-vit-quickgelu', 'hf-vit-gelu', 'openclip-vit', 'openclip-rn'].map(open),
  );
  return [
    imageCase('image tower, ViT', hfQuickGelu!),
    imageCase('image tower, ModifiedResNet', openClipResNet!),
    await textCase('text tower', openClipVit!),
    // [V:4] a {}.
    await learnCase('learning shared vectors in front, QuickGELU', openClipResNet!, 'shared'),
    // a {} [V:2 per-class]. : the rows before the learned ones are computed once.
    await learnCase('learning class-specific vectors at the end, GELU', hfGelu!, 'class-specific'),
    imageCase('image tower, SigLIP', await openModel(path.join(SIGLIP, 'siglip'))),
    imageCase('image tower, EVA-02', await open('openclip-eva02')),
    await denseCase('learning on all positions, SigLIP', await openModel(path.join(SIGLIP, 'siglip'))),
    await denseCase('learning on masked positions, BERT', await open('openclip-biomed')),
    ...(await Promise.all(recordedLayouts.map(recordedLayout))),
  ];
}

/** Loss and gradient of a layout whose trajectory was recorded from PyTorch. */
async function recordedLayout(one: CoopCase): Promise<GraphCase> {
  const { problem, features } = await recordedCase(one, 'float32');
  const { batch, imageWidth, vectors, text } = problem;
  const { loss, gradient, features: texts } = learnGraph(problem);
  const next = randomNumbers(one.M);
  return {
    name: layoutName(one),
    outputs: { loss, gradient, features: texts },
    feeds: {
      context: {
        data: Float32Array.from({ length: vectors * text.width }, () => next() * 0.2),
        shape: [vectors, text.width],
      },
      images: { data: features.subarray(0, batch * imageWidth), shape: [batch, imageWidth] },
      labels: { data: Int32Array.from(coopGolden.labels.slice(0, batch)), shape: [batch] },
    },
  };
}

/** Towers without a causal mask: every prompt with all its positions. */
async function denseCase(name: string, model: ClipModel): Promise<GraphCase> {
  const names = ['cat', 'satellite image', 'a dark bird'];
  const template = templateRows(
    parseTemplate('[V:2] {}.').template!,
    { names, columns: new Map() },
    await model.tokenizer(),
    { contextLength: model.contextLength },
  );
  const problem = await buildProblem({ model, template, classes: names.length, batch: BATCH });
  const { loss, gradient, features } = learnGraph(problem);
  const { width } = model.text;
  const next = randomNumbers(11);
  const random = (length: number) => Float32Array.from({ length }, next);
  return {
    name,
    outputs: { loss, gradient, features },
    feeds: {
      context: { data: random(2 * width).map(value => value * 0.2), shape: [2, width] },
      images: { data: random(BATCH * model.embedWidth), shape: [BATCH, model.embedWidth] },
      labels: { data: Int32Array.of(0, 2, 1), shape: [BATCH] },
    },
  };
}

function imageCase(name: string, model: ClipModel): GraphCase {
  const { size } = model.preprocess;
  const next = randomNumbers(size);
  const data = Uint8Array.from({ length: BATCH * size * size * 3 }, () => Math.floor((next() + 1) * 128));
  return {
    name,
    outputs: { features: imageGraph(model) },
    feeds: { pixels: { data, shape: [BATCH, size, size, 3] } },
  };
}

const token = (id: number): RowKey => ({ kind: 'token', id });

async function textCase(name: string, model: ClipModel): Promise<GraphCase> {
  const { width } = model.text;
  const tokenizer = await model.tokenizer();
  const packed = packPrompts(
    CLASS_NAMES.map(ids => promptTokens(tokenizer, [320, 728, 514, ...ids, 269]).map(token)),
  );
  const values = embedded(packed.active, await embeddingsOf(model));
  const { heads } = trieNodes(model);
  const tower = textTower(
    trieNodes(model),
    {
      learned: null,
      fixed: input('rows', ['R', width]),
      order: null,
      constantKeysValues: null,
    },
    dynamicLayout(heads),
  );
  return {
    name,
    outputs: { features: tower.features },
    feeds: {
      ...layoutFeeds(packed, heads),
      rows: { data: values, shape: [packed.active.length, width] },
    },
  };
}

async function learnCase(
  name: string,
  model: ClipModel,
  kind: 'shared' | 'class-specific',
): Promise<GraphCase> {
  const { sot, eot } = await model.tokenizer();
  const { width } = model.text;
  const prompts = CLASS_NAMES.map((ids, classIndex): PromptRows => {
    const vectors = (count: number, owner: number | null) =>
      Array.from(
        { length: count },
        (_, vector): RowKey => ({
          kind: 'vector',
          slot: 0,
          vector,
          classIndex: owner,
        }),
      );
    const inner =
      kind === 'shared'
        ? [...vectors(SHARED, null), token(320), ...ids.map(token)]
        : [token(320), ...ids.map(token), ...vectors(CLASS_SPECIFIC, classIndex)];
    return [token(sot!), ...inner, token(269), token(eot)];
  });
  const perClass = kind === 'class-specific';
  const length = perClass ? CLASS_SPECIFIC : SHARED;
  const slot = { kind: 'learnable', length, perClass, init: null, context: null } as const;
  const problem = await buildProblem({
    model,
    template: { rows: prompts, slots: [slot] },
    classes: CLASS_NAMES.length,
    batch: BATCH,
  });
  const { loss, gradient, features } = learnGraph(problem);
  const { vectors, imageWidth: embedWidth } = problem;
  const next = randomNumbers(5);
  const random = (length: number, size: number) => Float32Array.from({ length }, () => next() * size);
  return {
    name,
    outputs: { loss, gradient, features },
    feeds: {
      context: { data: random(vectors * width, 0.2), shape: [vectors, width] },
      images: { data: random(BATCH * embedWidth, 1), shape: [BATCH, embedWidth] },
      labels: { data: Int32Array.from({ length: BATCH }, (_, i) => i), shape: [BATCH] },
    },
  };
}

async function embeddingsOf(model: ClipModel): Promise<RowEmbeddings> {
  const { width, tokens, positions } = await model.textTables();
  return {
    width,
    token: id => tokens.subarray(id * width, (id + 1) * width),
    positional: position => positions.subarray(position * width, (position + 1) * width),
    fixedVector: () => {
      throw new Error('all vectors are learned');
    },
  };
}

function embedded(rows: readonly PackedRow[], embeddings: RowEmbeddings): Float32Array {
  return embedRows(rows, embeddings, new Float32Array(rows.length * embeddings.width));
}
