import { type BlockPlan, longest, type PlannedBlock, planBlocks, type RowsOfPaths } from './block-plan';
import type { TrieNode } from './row-trie';

/**
 * Which rows attend to which, as blocks of equal size that a batched product takes. A row sees itself and the rows
 * before it on its path; a block's keys are all that one of its queries sees, and a mask tells which.
 */
export interface AttentionBlocks {
  readonly blocks: number;
  /** Keys of a block: those of constant rows, then those of active ones. */
  readonly constantKeys: number;
  readonly activeKeys: number;
  /** [blocks · constantKeys] constant row, and [blocks · activeKeys] active row of each key; padding repeats one. */
  readonly constantRows: Int32Array;
  readonly keyRows: Int32Array;
  /** [blocks · activeKeys] 1 where `keyRows` is padding. */
  readonly keyPadding: Uint8Array;
  /** Every active row as a query. */
  readonly rows: BlockQueries;
  /** Every distinct prompt's last row as a query: all that the last layer computes. */
  readonly ends: BlockQueries;
}

export interface BlockQueries {
  /** Queries of a block. */
  readonly length: number;
  /** [blocks · length] the query at each place; padding repeats one. */
  readonly order: Int32Array;
  /** [blocks · length] 1 where `order` is padding. */
  readonly padding: Uint8Array;
  /** [queries] the place of each query. */
  readonly places: Int32Array;
  /** [blocks · length · (constantKeys + activeKeys)] 1 where the key is seen. */
  readonly seen: Uint8Array;
}

/** @param sizes rows of a block that are considered */
export function attentionBlocks(rows: RowsOfPaths, sizes?: readonly number[]): AttentionBlocks {
  const plan = planBlocks(rows, sizes);
  const { blocks, constantKeys, activeKeys } = plan;
  const keys = padded(
    blocks.map(block => block.keys),
    activeKeys,
    node => rows.activeRow.get(node)!,
  );
  const constants = padded(
    blocks.map(block => block.constants),
    constantKeys,
    node => rows.constantRow.get(node)!,
  );
  const promptOfEnd = new Map(rows.paths.map((path, prompt) => [path.at(-1)!, prompt]));
  return {
    blocks: blocks.length,
    constantKeys,
    activeKeys,
    constantRows: constants.numbers,
    keyRows: keys.numbers,
    keyPadding: keys.padding,
    rows: queriesOf(plan, block => block.queries, rows.activeRow),
    ends: queriesOf(plan, block => block.ends, promptOfEnd),
  };
}

function queriesOf(
  { blocks, constantKeys, activeKeys }: BlockPlan,
  of: (block: PlannedBlock) => readonly TrieNode[],
  numberOf: ReadonlyMap<TrieNode, number>,
): BlockQueries {
  const queries = blocks.map(of);
  const length = longest(queries);
  const { numbers, padding } = padded(queries, length, node => numberOf.get(node)!);
  const places = new Int32Array(numberOf.size);
  for (const [place, number] of numbers.entries()) if (padding[place] === 0) places[number] = place;
  const width = constantKeys + activeKeys;
  const seen = new Uint8Array(blocks.length * length * width);
  for (const [at, block] of blocks.entries()) {
    const column = new Map<TrieNode, number>();
    for (const [i, node] of block.constants.entries()) column.set(node, i);
    for (const [i, node] of block.keys.entries()) column.set(node, constantKeys + i);
    for (const [place, query] of queries[at]!.entries())
      for (let node: TrieNode | null = query; node !== null; node = node.parent)
        seen[(at * length + place) * width + column.get(node)!] = 1;
  }
  return { length, order: numbers, padding, places, seen };
}

/** Each list's numbers, filled up to `length` with the first one; 0 where a list is empty. */
function padded(lists: readonly (readonly TrieNode[])[], length: number, number: (node: TrieNode) => number) {
  const numbers = new Int32Array(lists.length * length);
  const padding = new Uint8Array(lists.length * length);
  for (const [at, list] of lists.entries()) {
    for (let place = 0; place < length; place++) {
      const node = list[place] ?? list[0];
      numbers[at * length + place] = node === undefined ? 0 : number(node);
      padding[at * length + place] = place < list.length ? 0 : 1;
    }
  }
  return { numbers, padding };
}
