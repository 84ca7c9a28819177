import { type Dim, multiplyDims } from '../graph/dim';
import type { Node } from '../graph/node';
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
} from '../graph/operations';
import type { BlockNodes, TextNodes } from './text-nodes';
import type { OwnLayout, TowerLayout } from './tower-layout';
import { feedForward, norm } from './transformer-block';

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
  const { width } = model;
  const { trunk, own } = layout;
  const query = slice(queryKeyValue, 1, 0, width);
  const keyValue = slice(queryKeyValue, 1, width, 2 * width);
  const keyRows = constants === null ? keyValue : concat([constants, keyValue], 0);
  const trunkKeyValue = splitHeads(model, take(keyRows, trunk.keys), 2);
  const parts: Node[] = [];
  if (trunk.active !== 0) {
    const [trunkQuery] = splitHeads(model, take(query, trunk.queries), 1);
    const [key, value] = trunkKeyValue as [Node, Node];
    const scores = add(matmul(trunkQuery!, key, { transposeB: true, scale: headScale(model) }), trunk.mask);
    parts.push(joinHeads(model, matmul(softmax(scores), value)));
  }
  if (own !== null) {
    const ownQuery = take(query, own.queries, own.queryPadding);
    const ownKeyValue = take(keyRows, own.keys, own.keyPadding);
    const attended = ownAttention(
      model,
      ownQuery,
      own.queryLength,
      ownKeyValue,
      trunkKeyValue,
      own,
      own.mask,
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
  const keyRows = constants === null ? keysValue : concat([constants, keysValue], 0);
  const query = linear(take(h, own.ends), block.query.weight, block.query.bias);
  const attended = ownAttention(
    model,
    query,
    1,
    take(keyRows, own.keys, own.keyPadding),
    splitHeads(model, take(keyRows, trunk.keys), 2),
    own,
    own.endMask,
  );
  const afterAttention = add(take(x, own.ends), linear(attended, block.out.weight, block.out.bias));
  const pooled = norm(feedForward(afterAttention, block, model), model.finalNorm, model.epsilon);
  return { features: linear(pooled, model.projection.weight, model.projection.bias), keysValue };
}

const headScale = (model: TextNodes) => 1 / Math.sqrt(model.width / model.heads);

/** Rows [n, parts·d] → parts tensors [heads, n, d/heads]. */
function splitHeads(model: TextNodes, rows: Node, parts: number): Node[] {
  const { width, heads } = model;
  const n = rows.shape[0]!;
  return split(rows, 1, Array<Dim>(parts).fill(width)).map(part =>
    transpose(reshape(part, [n, heads, width / heads]), [1, 0, 2]),
  );
}

/** [heads, n, d/heads] → rows [n, d]. */
function joinHeads(model: TextNodes, x: Node): Node {
  return reshape(transpose(x, [1, 0, 2]), [x.shape[1]!, model.width]);
}

/**
 * Attention of own rows to the trunk, which all prompts share, and to their own prompt's rows:
 * query [prompts·queryLength, d], ownKeyValue [prompts·keyLength, 2d] → [prompts·queryLength, d].
 */
function ownAttention(
  model: TextNodes,
  query: Node,
  queryLength: Dim,
  ownKeyValue: Node,
  [trunkKey, trunkValue]: readonly Node[],
  { prompts, keyLength }: OwnLayout,
  mask: Node,
): Node {
  const { width, heads } = model;
  const headWidth = width / heads;
  const trunkLength = trunkKey!.shape[1]!;
  const queries = multiplyDims(prompts, queryLength);
  const [flatQuery] = splitHeads(model, query, 1);
  const [key, value] = splitHeads(model, ownKeyValue, 2).map(part =>
    reshape(part, [heads, prompts, keyLength, headWidth]),
  );
  const byPrompt = reshape(flatQuery!, [heads, prompts, queryLength, headWidth]);
  const options = { transposeB: true, scale: headScale(model) };
  const trunkScores = reshape(matmul(flatQuery!, trunkKey!, options), [
    heads,
    prompts,
    queryLength,
    trunkLength,
  ]);
  const ownScores = matmul(byPrompt, key!, options);
  const weights = softmax(add(concat([trunkScores, ownScores], 3), mask));
  const toTrunk = reshape(slice(weights, 3, 0, trunkLength), [heads, queries, trunkLength]);
  const toOwn = slice(weights, 3, trunkLength, keyLength);
  const fromTrunk = matmul(toTrunk, trunkValue!);
  const fromOwn = reshape(matmul(toOwn, value!), [heads, queries, headWidth]);
  return joinHeads(model, add(fromTrunk, fromOwn));
}
