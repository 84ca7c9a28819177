import type { ConstantData, Node } from '../../graph/node';
import { add, constant, take } from '../../graph/operations';
import { embedRows, positionalRows } from '../../prompt/embed-rows';
import { type PackedPrompts, type PackedRow, packConstants, packPrompts } from '../../prompt/pack-prompts';
import { createSession } from '../../runtime/create-session';
import type { TextNodes } from '../parts/text-nodes';
import type { LearnedPrompts } from '../parts/text-tower';
import { type TowerRows, textTower } from './text-tower';
import { staticLayout } from './tower-layout';

/** Everything about packed prompts with learned vectors that does not change from step to step. */
export interface LearnedTrie {
  readonly model: TextNodes;
  readonly packed: PackedPrompts;
  /** [active rows] which learned vector a row is, or −1 for a row with a fixed input. */
  readonly vectorOfRow: Int32Array;
  /** [learned rows, d] positional embeddings of the rows that are learned vectors, in row order. */
  readonly learnedPositions: ConstantData;
  /** [fixed rows, d] embedding + positional embedding of all other active rows, in row order. */
  readonly fixedRows: ConstantData;
  /** Per layer [constant rows, 2d] keys and values of the constant rows; null without constant rows. */
  readonly constantKeysValues: readonly ConstantData[] | null;
}

/** The packed rows, their fixed inputs, and the keys and values of rows that no learned vector reaches. */
export async function learnedTrie(model: TextNodes, options: LearnedPrompts): Promise<LearnedTrie> {
  const { prompts, embeddings, learnable, vectorOf, compute = onCpu } = options;
  const { width } = model;
  const floats = (rows: readonly PackedRow[]) =>
    options.precision === 'float64'
      ? new Float64Array(rows.length * width)
      : new Float32Array(rows.length * width);
  const packed = packPrompts(prompts, { learnable });
  const constants = packConstants(prompts, { learnable });
  let constantKeysValues: readonly ConstantData[] | null = null;
  if (constants !== null) {
    const rows = embedRows(constants.active, embeddings, floats(constants.active));
    const tower = textTower(
      model,
      {
        learned: null,
        fixed: constant(rows, [constants.active.length, width]),
        order: null,
        constantKeysValues: null,
      },
      staticLayout(constants, model.heads),
    );
    constantKeysValues = await compute(tower.keysValues);
  }
  const vectorOfRow = Int32Array.from(packed.active, ({ key }) => vectorOf(key));
  const learned = packed.active.filter((_, row) => vectorOfRow[row]! >= 0);
  const fixed = packed.active.filter((_, row) => vectorOfRow[row]! < 0);
  return {
    model,
    packed,
    vectorOfRow,
    learnedPositions: positionalRows(learned, embeddings, floats(learned)),
    fixedRows: embedRows(fixed, embeddings, floats(fixed)),
    constantKeysValues,
  };
}

async function onCpu(outputs: readonly Node[]): Promise<readonly ConstantData[]> {
  const session = await createSession(Object.fromEntries(outputs.map((node, at) => [`layer${at}`, node])));
  const results = await session.run({});
  await session.release();
  return outputs.map((_, at) => results[`layer${at}`]!.data);
}

/** `context` [vectors, d] → features [classes, E]. */
export function trieFeatures(trie: LearnedTrie, context: Node): Node {
  const { model, packed } = trie;
  const tower = textTower(model, towerRows(trie, context), staticLayout(packed, model.heads));
  return take(tower.features, indexNode(packed.promptOfClass));
}

const indexNode = (values: Int32Array | readonly number[]) =>
  constant(Int32Array.from(values), [values.length]);

function towerRows(trie: LearnedTrie, context: Node): TowerRows {
  const { width } = trie.model;
  const vectorOfRow = [...trie.vectorOfRow];
  const learned = vectorOfRow.filter(vector => vector >= 0);
  const fixedCount = vectorOfRow.length - learned.length;
  let nextLearned = 0;
  let nextFixed = learned.length;
  const order = vectorOfRow.map(vector => (vector >= 0 ? nextLearned++ : nextFixed++));
  return {
    learned: add(take(context, indexNode(learned)), constant(trie.learnedPositions, [learned.length, width])),
    fixed: fixedCount === 0 ? null : constant(trie.fixedRows, [fixedCount, width]),
    order: indexNode(order),
    constantKeysValues:
      trie.constantKeysValues?.map(data => constant(data, [trie.packed.constants.length, 2 * width])) ?? null,
  };
}
