import { multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { add, concat, linear, matmul, reshape, slice, softmax, take } from '../../graph/operations';
import type { BlockNodes, LinearNodes, TextNodes } from '../parts/text-nodes';
import { feedForward, norm } from '../parts/transformer-block';
import type { QueryLayout, TowerLayout } from './tower-layout';

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
  /** [prompts, E] projected EOT rows, not normalised. */
  readonly features: Node;
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
    const parts = projections(model, block);
    const normed = (part: Node) => norm(part, block.norm1, model.epsilon);
    const h = normed(x);
    // In the first block the fixed rows' projections are constants of the run, folded when the session is made.
    const project = (weights: LinearNodes) =>
      index === 0 ? joinRows(rows, part => apply(weights, normed(part))) : apply(weights, h);
    const [key, value] = [project(parts.key), project(parts.value)];
    keysValues.push(concat([key, value], 1));
    const constants = rows.constantKeysValues?.[index] ?? null;
    const sources = { key, value, constants };
    if (index < model.blocks.length - 1) {
      const attended = attention(model, project(parts.query), sources, layout, layout.rows);
      x = feedForward(add(x, apply(block.out, attended)), block, model);
    } else {
      const query = apply(parts.query, take(h, layout.ends.active));
      const attended = attention(model, query, sources, layout, layout.ends);
      const ends = feedForward(add(take(x, layout.ends.active), apply(block.out, attended)), block, model);
      return { features: apply(model.projection, norm(ends, model.finalNorm, model.epsilon)), keysValues };
    }
  }
  throw new Error('a text tower needs at least one block');
}

const apply = ({ weight, bias }: LinearNodes, x: Node) => linear(x, weight, bias);

/**
 * Query, key and value apart: a product of all three would be split again by copies, which cost more than the wider
 * product gains.
 */
function projections({ width }: TextNodes, { query, keyValue }: BlockNodes) {
  const half = (start: number): LinearNodes => ({
    weight: slice(keyValue.weight, 0, start, width),
    bias: keyValue.bias && slice(keyValue.bias, 0, start, width),
  });
  return { query, key: half(0), value: half(width) };
}

function joinRows(rows: TowerRows, map: (part: Node) => Node): Node {
  const parts = [rows.learned, rows.fixed].filter(part => part !== null).map(map);
  const joined = concat(parts, 0);
  return rows.order === null ? joined : take(joined, rows.order);
}

/** What queries attend to: keys and values of the active rows [active, d], of the constant ones [constants, 2d]. */
interface KeysValues {
  readonly key: Node;
  readonly value: Node;
  readonly constants: Node | null;
}

/** Attention of query rows [n, d], each to the keys its mask shows: → [n, d]. */
function attention(
  model: TextNodes,
  query: Node,
  { key, value, constants }: KeysValues,
  { blocks, keys }: TowerLayout,
  queries: QueryLayout,
): Node {
  const { width, heads } = model;
  const headWidth = width / heads;
  /** [n, d] → [n · heads, d/heads] */
  const heads2d = (rows: Node) => reshape(rows, [multiplyDims(rows.shape[0]!, heads), headWidth]);
  /** [blocks, heads, keys, d/heads] */
  const visible = (rows: Node, constantStart: number) => {
    const active = take(heads2d(rows), keys.active, keys.padding);
    if (keys.constants === null) return active;
    const once = heads2d(slice(constants!, 1, constantStart, width));
    return concat([take(once, keys.constants), active], 2);
  };
  const scores = matmul(take(heads2d(query), queries.order, queries.padding), visible(key, 0), {
    transposeB: true,
    scale: 1 / Math.sqrt(headWidth),
  });
  const mixed = matmul(softmax(add(scores, queries.mask)), visible(value, width));
  const flat = reshape(mixed, [multiplyDims(multiplyDims(blocks, heads), queries.length), headWidth]);
  return reshape(take(flat, queries.places), [query.shape[0]!, width]);
}
