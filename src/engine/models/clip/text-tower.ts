import { type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import {
  add,
  concat,
  linear,
  matmul,
  reshape,
  slice,
  softmax,
  split,
  take,
  transpose,
} from '../../graph/operations';
import type { BlockNodes, TextNodes } from '../parts/text-nodes';
import { feedForward, norm } from '../parts/transformer-block';
import type { OwnLayout, TowerLayout } from './tower-layout';

/** What enters the tower: rows of token embedding + positional embedding, width d. */
export interface TowerRows {
  /** Rows that depend on learned vectors, and rows that do not; at least one of the two. */
  readonly learned: Node | null;
  readonly fixed: Node | null;
  /** int64 [active]: each active row's place in concat(learned, fixed); null when that is already the order. */
  readonly order: Node | null;
  /** Per layer [constants, 2d]: keys and values of the rows computed once; null when there are none. */
  readonly constantKeysValues: readonly Node[] | null;
}

export interface TowerOutputs {
  /** [prompts, E] projected EOT rows, not normalised; null when the layout has no own rows. */
  readonly features: Node | null;
  /** Per layer [active, 2d]. */
  readonly keysValues: readonly Node[];
}

/**
 * CLIP's causal text transformer over packed rows (prompt/pack-prompts.ts). The same function as the dense tower
 * of 77 padded positions per class (CoOp trainers/coop.py, TextEncoder), without the rows that cannot matter:
 * shared prefixes once, nothing after EOT, in the last block only EOT rows past the keys and values.
 */
export function textTower(model: TextNodes, rows: TowerRows, layout: TowerLayout): TowerOutputs {
  const keysValues: Node[] = [];
  let x = joinRows(rows, part => part);
  for (const [index, block] of model.blocks.entries()) {
    const constants = rows.constantKeysValues?.[index] ?? null;
    if (index === model.blocks.length - 1) {
      const { features, keysValue } = lastBlock(model, block, x, constants, layout);
      keysValues.push(keysValue);
      return { features, keysValues };
    }
    const project = (part: Node) => {
      const { weight, bias } = block.queryKeyValue;
      return linear(norm(part, block.norm1, model.epsilon), weight, bias);
    };
    // In the first block the fixed rows' projections are constants of the run, folded when the session is made.
    const queryKeyValue = index === 0 ? joinRows(rows, project) : project(x);
    keysValues.push(slice(queryKeyValue, 1, model.width, 2 * model.width));
    const attended = attention(model, queryKeyValue, constants, layout);
    x = add(x, linear(attended, block.out.weight, block.out.bias));
    x = feedForward(x, block, model);
  }
  throw new Error('a text tower needs at least one block');
}

function joinRows(rows: TowerRows, map: (part: Node) => Node): Node {
  const parts = [rows.learned, rows.fixed].filter(part => part !== null).map(map);
  const joined = concat(parts, 0);
  return rows.order === null ? joined : take(joined, rows.order);
}

/** Self-attention of all active rows: queryKeyValue [active, 3d] → [active, d]. */
function attention(model: TextNodes, queryKeyValue: Node, constants: Node | null, layout: TowerLayout): Node {
  const { trunk, own } = layout;
  const [trunkQuery, ...trunkActive] =
    trunk.active === 0 ? [] : splitHeads(model, take(queryKeyValue, trunk.rows), 3);
  const [trunkKey, trunkValue] = trunkHeads(model, trunkActive, constants, layout);
  const parts: Node[] = [];
  if (trunkQuery !== undefined) {
    const options = { transposeB: true, scale: headScale(model) };
    const scores = add(matmul(trunkQuery, trunkKey, options), trunk.mask);
    parts.push(joinHeads(model, matmul(softmax(scores), trunkValue)));
  }
  if (own !== null) {
    const [query, ...active] = splitHeads(model, take(queryKeyValue, own.rows, own.padding), 3);
    const attended = ownAttention(
      model,
      { query: query!, length: own.activeLength, mask: own.mask },
      [trunkKey, trunkValue],
      ownHeads(model, active, constants, own),
      own.prompts,
    );
    parts.push(take(attended, own.representatives));
  }
  return concat(parts, 0);
}

/** The last block and the pooling: keys and values of all rows, everything else of the EOT rows only. */
function lastBlock(
  model: TextNodes,
  block: BlockNodes,
  x: Node,
  constants: Node | null,
  layout: TowerLayout,
) {
  const h = norm(x, block.norm1, model.epsilon);
  const keysValue = linear(h, block.keyValue.weight, block.keyValue.bias);
  const { own, trunk } = layout;
  if (own === null) return { features: null, keysValue };
  const [query] = splitHeads(model, linear(take(h, own.ends), block.query.weight, block.query.bias), 1);
  const trunkActive = trunk.active === 0 ? [] : splitHeads(model, take(keysValue, trunk.rows), 2);
  const active = splitHeads(model, take(keysValue, own.rows, own.padding), 2);
  const attended = ownAttention(
    model,
    { query: query!, length: 1, mask: own.endMask },
    trunkHeads(model, trunkActive, constants, layout),
    ownHeads(model, active, constants, own),
    own.prompts,
  );
  const afterAttention = add(take(x, own.ends), linear(attended, block.out.weight, block.out.bias));
  const pooled = norm(feedForward(afterAttention, block, model), model.finalNorm, model.epsilon);
  return { features: linear(pooled, model.projection.weight, model.projection.bias), keysValue };
}

type KeyValue = readonly [key: Node, value: Node];

/** The trunk's keys and values [heads, trunk length, d/heads]: those computed once, then the active ones. */
function trunkHeads(
  model: TextNodes,
  active: readonly Node[],
  constants: Node | null,
  { trunk }: TowerLayout,
): KeyValue {
  const once = trunk.constants === null ? [] : splitHeads(model, take(constants!, trunk.constants), 2);
  return bothParts(once, active, 1);
}

/** Each prompt's own keys and values [heads, prompts, rows, d/heads], likewise. */
function ownHeads(
  model: TextNodes,
  active: readonly Node[],
  constants: Node | null,
  { prompts, constantLength, activeLength, constants: rows }: OwnLayout,
): KeyValue {
  const once = rows === null ? [] : splitHeads(model, take(constants!, rows), 2);
  const byPrompt = (part: Node, length: Dim) =>
    reshape(part, [model.heads, prompts, length, model.width / model.heads]);
  return bothParts(
    once.map(part => byPrompt(part, constantLength)),
    active.map(part => byPrompt(part, activeLength)),
    2,
  );
}

function bothParts(first: readonly Node[], second: readonly Node[], axis: number): KeyValue {
  const joined = (at: number) =>
    concat(
      [first[at], second[at]].filter(part => part !== undefined),
      axis,
    );
  return [joined(0), joined(1)];
}

const headScale = (model: TextNodes) => 1 / Math.sqrt(model.width / model.heads);

/** Rows [n, parts·d] → parts tensors [heads, n, d/heads]; moved in one piece, since each piece costs a pass. */
function splitHeads(model: TextNodes, rows: Node, parts: number): Node[] {
  const { width, heads } = model;
  const byHead = reshape(rows, [rows.shape[0]!, parts * heads, width / heads]);
  return split(transpose(byHead, [1, 0, 2]), 0, Array<number>(parts).fill(heads));
}

/** [heads, n, d/heads] → rows [n, d]. */
function joinHeads(model: TextNodes, x: Node): Node {
  return reshape(transpose(x, [1, 0, 2]), [x.shape[1]!, model.width]);
}

/**
 * Attention of own rows to the trunk, which all prompts share, and to their own prompt's rows:
 * query [heads, prompts·length, d/heads] → [prompts·length, d].
 */
function ownAttention(
  model: TextNodes,
  { query, length, mask }: { readonly query: Node; readonly length: Dim; readonly mask: Node },
  [trunkKey, trunkValue]: KeyValue,
  [key, value]: KeyValue,
  prompts: Dim,
): Node {
  const { width, heads } = model;
  const headWidth = width / heads;
  const trunkLength = trunkKey.shape[1]!;
  const ownLength = key.shape[2]!;
  const queries = multiplyDims(prompts, length);
  const options = { transposeB: true, scale: headScale(model) };
  const trunkScores = reshape(matmul(query, trunkKey, options), [heads, prompts, length, trunkLength]);
  const ownScores = matmul(reshape(query, [heads, prompts, length, headWidth]), key, options);
  const weights = softmax(add(concat([trunkScores, ownScores], 3), mask));
  const toTrunk = reshape(slice(weights, 3, 0, trunkLength), [heads, queries, trunkLength]);
  const toOwn = slice(weights, 3, trunkLength, ownLength);
  const fromTrunk = matmul(toTrunk, trunkValue);
  const fromOwn = reshape(matmul(toOwn, value), [heads, queries, headWidth]);
  return joinHeads(model, add(fromTrunk, fromOwn));
}
