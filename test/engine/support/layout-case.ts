import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gradients } from '../../../src/engine/graph/gradients';
import { interpret, tensor } from '../../../src/engine/graph/interpret';
import type { Node } from '../../../src/engine/graph/node';
import { add, concat, constant, input, scalar, take } from '../../../src/engine/graph/operations';
import { learnGraph } from '../../../src/engine/methods/coop/learn-graph';
import { contrastiveLoss } from '../../../src/engine/methods/coop/loss';
import { textTower } from '../../../src/engine/models/clip/text-tower';
import { staticLayout } from '../../../src/engine/models/clip/tower-layout';
import { trieFeatures } from '../../../src/engine/models/clip/trie-features';
import { embedRows, positionalRows } from '../../../src/engine/prompt/embed-rows';
import { type PackOptions, packConstants, packPrompts } from '../../../src/engine/prompt/pack-prompts';
import type { PromptRows, RowKey } from '../../../src/engine/prompt/prompt-rows';
import { denseFeatures } from './dense-text-tower';
import { randomNumbers, randomTextModel } from './random-text-model';

const SOT = 58;
const EOT = 59;
export const PADDED = 20;

type Piece = 'name' | 'shared' | 'csc' | 'fixed' | number;

export interface Layout {
  readonly pieces: readonly Piece[];
  readonly names: readonly (readonly number[])[];
  /** Rows of an attention block; what is cheapest where none is given. */
  readonly blockSize?: number;
}

/** Slot 0: three shared vectors; slot 1: two class-specific vectors; slot 2: two vectors that are not learned. */
const SHARED = 3;
const CSC = 2;

export function promptRows({ pieces, names }: Layout): PromptRows[] {
  const token = (id: number): RowKey => ({ kind: 'token', id });
  return names.map((name, classIndex) => {
    const rows = pieces.flatMap((piece): RowKey[] => {
      if (piece === 'name') return name.map(token);
      if (typeof piece === 'number') return [token(piece)];
      const [slot, count] = { shared: [0, SHARED], csc: [1, CSC], fixed: [2, 2] }[piece] as [number, number];
      return Array.from({ length: count }, (_, vector) => ({
        kind: 'vector',
        slot,
        vector,
        classIndex: piece === 'csc' ? classIndex : null,
      }));
    });
    return [token(SOT), ...rows, token(EOT)];
  });
}

const learnable = (slot: number) => slot < 2;

function vectorOf(key: RowKey): number {
  if (key.kind === 'token' || !learnable(key.slot)) return -1;
  return key.slot === 0 ? key.vector : SHARED + key.classIndex! * CSC + key.vector;
}

const name = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
export const layouts: fc.Arbitrary<Layout> = fc.record({
  pieces: fc
    .array(fc.constantFrom<Piece[]>('name', 'shared', 'csc', 'fixed', 20, 21, 22), {
      minLength: 1,
      maxLength: 4,
    })
    .filter(pieces => pieces.includes('shared') || pieces.includes('csc'))
    .filter(
      pieces =>
        new Set(pieces.filter(piece => piece === 'shared' || piece === 'csc')).size ===
        pieces.filter(piece => piece === 'shared' || piece === 'csc').length,
    )
    .map(pieces => (pieces.includes('name') ? pieces : [...pieces, 'name' as const])),
  names: fc.array(name, { minLength: 1, maxLength: 5 }),
  blockSize: fc.integer({ min: 1, max: 12 }),
});

export interface Case {
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly features: Float64Array;
}

export const { model, embeddings } = randomTextModel();
export const BATCH = 4;
export const IMAGE = 12;

export function data(layout: Layout) {
  const next = randomNumbers(99);
  const vectors = SHARED + CSC * layout.names.length;
  return {
    vectors,
    context: Float64Array.from({ length: vectors * model.width }, () => next() * 0.5),
    images: Float64Array.from({ length: BATCH * IMAGE }, next),
    labels: Float64Array.from({ length: BATCH }, (_, i) => i % layout.names.length),
  };
}

/** The loss as the reference computes it, without any gradient. */
export function denseGraph(layout: Layout) {
  const { vectors } = data(layout);
  const contextNode = input('context', [vectors, model.width]);
  const zero = constant(new Float64Array(model.width), [1, model.width]);
  const prompts = promptRows(layout).map(rows => {
    const padded: RowKey[] = [...rows, ...Array(PADDED - rows.length).fill({ kind: 'token', id: 0 })];
    const positioned = padded.map((key, position) => ({ key, position }));
    const parts = positioned.map(row => {
      const vector = vectorOf(row.key);
      if (vector < 0)
        return constant(embedRows([row], embeddings, new Float64Array(model.width)), [1, model.width]);
      const position = constant(Float64Array.from(embeddings.positional(row.position)), [1, model.width]);
      return add(take(contextNode, constant(Int32Array.of(vector), [1])), add(position, zero));
    });
    return { x: concat(parts, 0), end: rows.length - 1 };
  });
  const features = denseFeatures(model, prompts);
  const loss = contrastiveLoss(
    features,
    input('images', [BATCH, IMAGE]),
    input('labels', [BATCH], 'int64'),
    30,
  );
  return { context: contextNode, loss, features };
}

export function dense(layout: Layout): Case {
  const { vectors, context, images, labels } = data(layout);
  const { context: contextNode, loss, features } = denseGraph(layout);
  const gradient = gradients(new Map([[loss, scalar(1)]]), [contextNode]).get(contextNode)!;
  const [l, g, f] = interpret([loss, gradient, features], {
    context: tensor(context, [vectors, model.width]),
    images: tensor(images, [BATCH, IMAGE]),
    labels: tensor(labels, [BATCH]),
  });
  return { loss: l!.data[0]!, gradient: g!.data, features: f!.data };
}

export const packOptions = ({ blockSize }: Layout): PackOptions => ({
  learnable,
  blockSizes: blockSize === undefined ? undefined : [blockSize],
});

function learnProblem(layout: Layout) {
  const prompts = promptRows(layout);
  const packed = packPrompts(prompts, packOptions(layout));
  const constants = packConstants(prompts, packOptions(layout));
  const rows = (list: typeof packed.active) =>
    embedRows(list, embeddings, new Float64Array(list.length * model.width));
  let constantKeysValues: Float64Array[] | null = null;
  if (constants !== null) {
    const fixed = constant(rows(constants.active), [constants.active.length, model.width]);
    const tower = textTower(
      model,
      { learned: null, fixed, order: null, constantKeysValues: null },
      staticLayout(constants, model.heads),
    );
    constantKeysValues = interpret(tower.keysValues, {}).map(value => value.data);
    assert.deepEqual(constants.active, packed.constants);
  }
  const learned = packed.active.filter(row => vectorOf(row.key) >= 0);
  const trie = {
    model,
    packed,
    vectorOfRow: Int32Array.from(packed.active, row => vectorOf(row.key)),
    learnedPositions: positionalRows(learned, embeddings, new Float64Array(learned.length * model.width)),
    fixedRows: rows(packed.active.filter(row => vectorOf(row.key) < 0)),
    constantKeysValues,
  };
  return {
    text: { width: model.width, features: (context: Node) => trieFeatures(trie, context) },
    vectors: data(layout).vectors,
    logitScale: 30,
    imageWidth: IMAGE,
    batch: BATCH,
    pull: null,
  };
}

export function packedGraph(layout: Layout) {
  const { loss, gradient, features } = learnGraph(learnProblem(layout));
  return { loss, gradient, features };
}

export function packed(layout: Layout): Case {
  const { vectors, context, images, labels } = data(layout);
  const graph = packedGraph(layout);
  const [l, g, f] = interpret([graph.loss, graph.gradient, graph.features], {
    context: tensor(context, [vectors, model.width]),
    images: tensor(images, [BATCH, IMAGE]),
    labels: tensor(labels, [BATCH]),
  });
  return { loss: l!.data[0]!, gradient: g!.data, features: f!.data };
}

export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}
