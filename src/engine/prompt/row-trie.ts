import { type PromptRows, type RowKey, rowKeyText } from './prompt-rows';

/** A row of prompts that start alike up to it. */
export interface TrieNode {
  readonly key: RowKey;
  readonly position: number;
  readonly parent: TrieNode | null;
  /** A learned vector stands here or before. */
  readonly learned: boolean;
  readonly children: Map<string, TrieNode>;
}

export interface RowTrie {
  readonly root: TrieNode;
  /** The distinct prompts, from the root to their last row. */
  readonly paths: readonly (readonly TrieNode[])[];
  /** [prompts] */
  readonly pathOfPrompt: Int32Array;
}

/**
 * @param prompts one per class, all starting with SOT
 * @throws Error when a prompt is empty or the prompts do not start alike
 */
export function buildTrie(prompts: readonly PromptRows[], learnable: (slot: number) => boolean): RowTrie {
  let root: TrieNode | undefined;
  const paths: TrieNode[][] = [];
  const known = new Map<TrieNode, number>();
  const pathOfPrompt = Int32Array.from(prompts, rows => {
    const path: TrieNode[] = [];
    for (const [position, key] of rows.entries()) {
      const parent = path[position - 1] ?? null;
      const text = rowKeyText(key);
      let node = parent === null ? root : parent.children.get(text);
      if (node === undefined) {
        const learned = (key.kind === 'vector' && learnable(key.slot)) || parent?.learned === true;
        node = { key, position, parent, learned, children: new Map() };
        parent?.children.set(text, node);
      }
      if (parent === null) {
        root ??= node;
        if (rowKeyText(root.key) !== text) throw new Error('prompts must all start with the same row');
      }
      path.push(node);
    }
    const end = path.at(-1);
    if (end === undefined) throw new Error('a prompt has no rows');
    const index = known.get(end) ?? paths.push(path) - 1;
    known.set(end, index);
    return index;
  });
  if (root === undefined) throw new Error('no prompts to pack');
  return { root, paths, pathOfPrompt };
}

/** The path from the root that all paths share, leaving at least one row of its own to each. */
export function sharedPath(paths: RowTrie['paths']): readonly TrieNode[] {
  const first = paths[0]!;
  let length = 0;
  while (
    length < first.length - 1 &&
    paths.every(path => path[length] === first[length] && path.length > length + 1)
  ) {
    length++;
  }
  return first.slice(0, length);
}
