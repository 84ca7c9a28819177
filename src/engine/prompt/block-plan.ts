import { sharedPath, type TrieNode } from './row-trie';

/** Distinct prompts as paths of a trie, and the numbers of their nodes: each is an active or a constant row. */
export interface RowsOfPaths {
  readonly paths: readonly (readonly TrieNode[])[];
  readonly activeRow: ReadonlyMap<TrieNode, number>;
  readonly constantRow: ReadonlyMap<TrieNode, number>;
}

/** Rows that are computed together, and all rows that they see. */
export interface PlannedBlock {
  readonly constants: readonly TrieNode[];
  readonly keys: readonly TrieNode[];
  /** Active rows; each is a query of one block. */
  readonly queries: readonly TrieNode[];
  /** Last rows of its prompts. */
  readonly ends: readonly TrieNode[];
}

export interface BlockPlan {
  readonly blocks: readonly PlannedBlock[];
  /** Most constant and most active keys of a block. */
  readonly constantKeys: number;
  readonly activeKeys: number;
}

/** Keys that vector instructions take at once, and how many times that a block has in the plans that are tried. */
const [LANES, TIMES] = [16, [1, 2, 3, 4, 6]];

/**
 * The cheapest of some ways to cut all prompts into blocks. Small blocks hold the keys that all share once each, large
 * ones compute scores that the mask takes away.
 */
export function planBlocks(rows: RowsOfPaths, sizes: readonly number[] = sizesFor(rows)): BlockPlan {
  return sizes
    .map(size => inBlocks(rows, size))
    .reduce((best, plan) => (cost(plan) < cost(best) ? plan : best));
}

/** Sizes that with the keys all share are few vectors, and one block for all. */
function sizesFor({ paths }: RowsOfPaths): number[] {
  const shared = sharedPath(paths).length;
  const round = TIMES.map(times => (Math.floor(shared / LANES) + times) * LANES - shared);
  return [...round.filter(size => size >= LANES / 2), Number.POSITIVE_INFINITY];
}

/** In units of one score and all that is computed of it: moving a key, moving a query, and joining what all blocks share. */
const [KEY, QUERY, JOINING] = [10, 6, 300];

function cost({ blocks, constantKeys, activeKeys }: BlockPlan): number {
  const keys = constantKeys + activeKeys;
  const queries = longest(blocks.map(block => block.queries));
  const scores = queries * Math.ceil(keys / LANES) * LANES;
  return blocks.length * (KEY * keys + QUERY * queries + scores) + (blocks.length > 1 ? JOINING : 0);
}

/** Blocks of at most `size` own rows, or of one prompt's where that has more. */
function inBlocks({ paths, activeRow, constantRow }: RowsOfPaths, size: number): BlockPlan {
  const trunk = sharedPath(paths);
  const own = paths.map(path => path.slice(trunk.length));
  const isActive = (node: TrieNode) => activeRow.has(node);
  const limit = own.reduce((most, part) => Math.max(most, part.filter(isActive).length), size);
  const queried = new Set<TrieNode>();
  let block = emptyBlock();
  const all = [block];
  const makeRoom = (needed: boolean) => {
    if (!needed) return;
    block = emptyBlock();
    all.push(block);
  };
  for (const node of trunk.filter(isActive)) {
    makeRoom(block.queries.length >= limit);
    block.queries.push(node);
  }
  for (const part of own) {
    const active = part.filter(isActive);
    const queries = active.filter(node => !queried.has(node));
    const added = active.filter(node => !block.own.has(node)).length;
    makeRoom(block.own.size + added > limit || block.queries.length + queries.length > limit);
    for (const node of part) (isActive(node) ? block.own : block.constants).add(node);
    for (const node of queries) queried.add(node);
    block.queries.push(...queries);
    block.ends.push(part.at(-1)!);
  }
  const shared = { keys: trunk.filter(isActive), constants: trunk.filter(node => constantRow.has(node)) };
  const blocks = all.map(({ constants, own: rows, queries, ends }) => ({
    constants: [...shared.constants, ...constants],
    keys: [...shared.keys, ...rows],
    queries,
    ends,
  }));
  return {
    blocks,
    constantKeys: longest(blocks.map(({ constants }) => constants)),
    activeKeys: longest(blocks.map(({ keys }) => keys)),
  };
}

export const longest = (lists: readonly (readonly unknown[])[]) =>
  lists.reduce((most, { length }) => Math.max(most, length), 0);

function emptyBlock() {
  return {
    constants: new Set<TrieNode>(),
    own: new Set<TrieNode>(),
    queries: [] as TrieNode[],
    ends: [] as TrieNode[],
  };
}
