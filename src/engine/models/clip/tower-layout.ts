import type { Dim } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { constant, input } from '../../graph/operations';
import type { BlockQueries } from '../../prompt/attention-blocks';
import type { PackedPrompts } from '../../prompt/pack-prompts';
import type { Feed } from '../../runtime/session';
import { MASKED } from '../parts/self-attention';

/**
 * The index tensors of a packing as graph nodes: constants of one run, or inputs that serve every packing. Rows [n, d] are
 * seen as [n · heads, d/heads], so that one gather puts them in order and apart by heads.
 */
export interface TowerLayout {
  readonly blocks: Dim;
  readonly keys: {
    /** int64 [blocks, heads, keys of constant rows], which come first; null where there are none. */
    readonly constants: Node | null;
    /** int64 [blocks, heads, keys of active rows] */
    readonly active: Node;
    readonly padding: Uint8Array | null;
  };
  readonly rows: QueryLayout;
  readonly ends: QueryLayout & {
    /** int64 [prompts] the active row of each one's EOT. */
    readonly active: Node;
  };
}

export interface QueryLayout {
  /** Queries of a block. */
  readonly length: Dim;
  /** int64 [blocks, heads, length] which query stands at each place. */
  readonly order: Node;
  readonly padding: Uint8Array | null;
  /** int64 [queries, heads] the place of each query. */
  readonly places: Node;
  /** [blocks, 1, length, keys] 0 where a key is seen, MASKED where not. */
  readonly mask: Node;
}

/** The packing as constants: the graph serves this packing only, and gradients can be built. */
export function staticLayout({ attention, ends }: PackedPrompts, heads: number): TowerLayout {
  const { blocks, constantKeys, activeKeys } = attention;
  const byHead = (rows: Int32Array, length: number) =>
    constant(apartByHeads(rows, length, heads), [blocks, heads, length]);
  const queries = (of: BlockQueries): QueryLayout => ({
    length: of.length,
    order: byHead(of.order, of.length),
    padding: repeatedByHeads(of.padding, of.length, heads),
    places: constant(placesByHeads(of, heads), [of.places.length, heads]),
    mask: constant(maskOf(of.seen), [blocks, 1, of.length, constantKeys + activeKeys]),
  });
  return {
    blocks,
    keys: {
      constants: constantKeys === 0 ? null : byHead(attention.constantRows, constantKeys),
      active: byHead(attention.keyRows, activeKeys),
      padding: repeatedByHeads(attention.keyPadding, activeKeys, heads),
    },
    rows: queries(attention.rows),
    ends: { ...queries(attention.ends), active: constant(ends, [ends.length]) },
  };
}

/**
 * A layout for prompts without learned vectors: everything is an input, all rows are active. Symbols: R rows, N distinct
 * prompts, B blocks of L rows or E ends, which see K keys.
 */
export function dynamicLayout(heads: number): TowerLayout {
  const queries = (name: string, all: string, length: string): QueryLayout => ({
    length,
    order: input(`${name}Order`, ['B', heads, length], 'int64'),
    padding: null,
    places: input(`${name}Places`, [all, heads], 'int64'),
    mask: input(`${name}Mask`, ['B', 1, length, 'K']),
  });
  return {
    blocks: 'B',
    keys: {
      constants: null,
      active: input('keys', ['B', heads, 'K'], 'int64'),
      padding: null,
    },
    rows: queries('row', 'R', 'L'),
    ends: { ...queries('end', 'N', 'E'), active: input('ends', ['N'], 'int64') },
  };
}

/**
 * The inputs of `dynamicLayout` for one packing.
 * @throws Error when the packing has constant rows
 */
export function layoutFeeds(
  { attention, ends, constants }: PackedPrompts,
  heads: number,
): Record<string, Feed> {
  if (constants.length > 0) throw new Error('a dynamic layout takes prompts whose rows are all active');
  const { blocks, activeKeys } = attention;
  const queries = (name: string, of: BlockQueries): Record<string, Feed> => ({
    [`${name}Order`]: {
      data: apartByHeads(of.order, of.length, heads),
      shape: [blocks, heads, of.length],
    },
    [`${name}Places`]: { data: placesByHeads(of, heads), shape: [of.places.length, heads] },
    [`${name}Mask`]: { data: maskOf(of.seen), shape: [blocks, 1, of.length, activeKeys] },
  });
  return {
    keys: { data: apartByHeads(attention.keyRows, activeKeys, heads), shape: [blocks, heads, activeKeys] },
    ...queries('row', attention.rows),
    ...queries('end', attention.ends),
    ends: { data: ends, shape: [ends.length] },
  };
}

/** [blocks, length] rows → [blocks, heads, length] rows of their heads. */
function apartByHeads(rows: Int32Array, length: number, heads: number): Int32Array {
  return Int32Array.from({ length: rows.length * heads }, (_, at) => {
    const block = Math.floor(at / (heads * length));
    const head = Math.floor(at / length) % heads;
    return rows[block * length + (at % length)]! * heads + head;
  });
}

function repeatedByHeads(flags: Uint8Array, length: number, heads: number): Uint8Array | null {
  if (!flags.includes(1)) return null;
  return Uint8Array.from(
    { length: flags.length * heads },
    (_, at) => flags[Math.floor(at / (heads * length)) * length + (at % length)]!,
  );
}

/** [queries, heads] where each query's heads stand in [blocks, heads, length]. */
function placesByHeads({ places, length }: BlockQueries, heads: number): Int32Array {
  return Int32Array.from({ length: places.length * heads }, (_, at) => {
    const place = places[Math.floor(at / heads)]!;
    return (Math.floor(place / length) * heads + (at % heads)) * length + (place % length);
  });
}

const maskOf = (seen: Uint8Array) => Float32Array.from(seen, value => (value === 1 ? 0 : MASKED));
