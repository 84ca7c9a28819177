import { type PromptRows, type RowKey, rowKeyText } from './prompt-rows';

/**
 * All prompts of a class list as one set of rows. Prompts form a trie of row keys; the text tower is causal, so a
 * trie node's hidden state depends on its path alone and is computed once, whichever classes share it.
 *
 * Rows fall in two groups: *constant* rows have no learnable vector on their path, and of them only keys and values
 * are needed, computed once per run; *active* rows are computed at every step. Along every path the constant rows come
 * first.
 */
export interface PackedPrompts {
  /** Active rows: first those of the trunk (the path all prompts share), then the own rows. */
  readonly active: readonly PackedRow[];
  readonly constants: readonly PackedRow[];
  readonly trunk: {
    /** Constant row of each of the shared path's first positions. */
    readonly constants: Int32Array;
    /** Number of active rows after them: the first ones of all active rows. */
    readonly active: number;
  };
  /** The distinct prompts' rows after the trunk; null when the trunk is all there is (`pathsOnly`). */
  readonly own: OwnRows | null;
  /** [classes] distinct prompt of each class: equal prompts share one. */
  readonly promptOfClass: Int32Array;
}

export interface PackedRow {
  readonly key: RowKey;
  readonly position: number;
}

export interface OwnRows {
  /** Distinct prompts. */
  readonly prompts: number;
  /** Most constant rows, and most active rows, of one prompt's own part. */
  readonly constantLength: number;
  readonly activeLength: number;
  /** [prompts · constantLength] constant row of each own position; padding repeats one. */
  readonly constants: Int32Array;
  /** [prompts · activeLength] active row of each own position; padding repeats the prompt's last one. */
  readonly rows: Int32Array;
  /** [prompts · activeLength] 1 where `rows` is padding. */
  readonly padding: Uint8Array;
  /** [prompts] how many constant and how many active rows each prompt has of its own. */
  readonly constantCounts: Int32Array;
  readonly activeCounts: Int32Array;
  /** [active − trunk.active] where in `rows` each own active row stands (its first class's place). */
  readonly representatives: Int32Array;
  /** [prompts] active row of the EOT. */
  readonly ends: Int32Array;
}

interface TrieNode {
  readonly key: RowKey;
  readonly position: number;
  readonly learnable: boolean;
  readonly children: Map<string, TrieNode>;
}

export interface PackOptions {
  /** True for a slot whose vectors are learned; without any learnable slot every row is active. */
  readonly learnable?: (slot: number) => boolean;
}

/**
 * @param prompts one per class, all starting with SOT
 * @throws Error when a prompt is empty or the prompts do not start alike
 */
export function packPrompts(prompts: readonly PromptRows[], options: PackOptions = {}): PackedPrompts {
  const { root, paths, pathOfPrompt } = buildTrie(prompts, options.learnable ?? (() => false));
  const anyLearnable = paths.some(path => path.at(-1)!.learnable);
  return packPaths(root, paths, pathOfPrompt, node => !anyLearnable || node.learnable);
}

/**
 * The constant rows of a packing as a packing of their own, all active: running it gives their keys and values.
 * Its active rows are `packed.constants`, in the same order. Null when nothing is constant.
 */
export function packConstants(prompts: readonly PromptRows[], options: PackOptions): PackedPrompts | null {
  const { paths, root } = buildTrie(prompts, options.learnable ?? (() => false));
  const constantPaths = constantParts(paths);
  if (constantPaths.length === 0) return null;
  return packPaths(root, constantPaths, Int32Array.from(constantPaths.keys()), () => true);
}

function buildTrie(prompts: readonly PromptRows[], learnable: (slot: number) => boolean) {
  let root: TrieNode | undefined;
  const paths: TrieNode[][] = [];
  const known = new Map<TrieNode, number>();
  const pathOfPrompt = Int32Array.from(prompts, rows => {
    const path: TrieNode[] = [];
    for (const [position, key] of rows.entries()) {
      const parent = path[position - 1];
      const text = rowKeyText(key);
      let node = parent === undefined ? root : parent.children.get(text);
      if (node === undefined) {
        const learned = key.kind === 'vector' && learnable(key.slot);
        node = { key, position, learnable: learned || parent?.learnable === true, children: new Map() };
        parent?.children.set(text, node);
      }
      if (parent === undefined) {
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

/** The constant beginning of every path, without repetitions and without parts of longer ones. */
function constantParts(paths: readonly TrieNode[][]): TrieNode[][] {
  if (!paths.some(path => path.at(-1)!.learnable)) return [];
  const byEnd = new Map<TrieNode, TrieNode[]>();
  for (const path of paths) {
    const part = path.filter(node => !node.learnable);
    if (part.length > 0) byEnd.set(part.at(-1)!, part);
  }
  const inner = new Set([...byEnd.values()].flatMap(part => part.slice(0, -1)));
  return [...byEnd.values()].filter(part => !inner.has(part.at(-1)!));
}

function packPaths(
  root: TrieNode,
  paths: readonly TrieNode[][],
  promptOfClass: Int32Array,
  isActive: (node: TrieNode) => boolean,
): PackedPrompts {
  const trunk = sharedPath(root, paths);
  const constantPaths = constantParts(paths);
  const constantNodes =
    constantPaths.length === 0 ? [] : rowOrder(sharedPath(root, constantPaths), constantPaths, () => true);
  const activeNodes = rowOrder(trunk, paths, isActive);
  const constantRow = rowNumbers(constantNodes);
  const activeRow = rowNumbers(activeNodes);
  const toRow = ({ key, position }: TrieNode): PackedRow => ({ key, position });
  const trunkConstants = trunk.filter(node => !isActive(node));
  return {
    active: activeNodes.map(toRow),
    constants: constantNodes.map(toRow),
    trunk: {
      constants: Int32Array.from(trunkConstants, constantRow),
      active: trunk.length - trunkConstants.length,
    },
    own: packOwnRows(
      paths.map(path => path.slice(trunk.length)),
      constantRow,
      activeRow,
      isActive,
      trunk.length - trunkConstants.length,
    ),
    promptOfClass,
  };
}

function rowNumbers(nodes: readonly TrieNode[]): (node: TrieNode) => number {
  const rows = new Map(nodes.map((node, row) => [node, row]));
  return node => rows.get(node)!;
}

/** The path from the root that all prompts share, leaving at least one own row to each. */
function sharedPath(root: TrieNode, paths: readonly TrieNode[][]): TrieNode[] {
  const first = paths[0]!;
  let length = 0;
  while (
    length < first.length - 1 &&
    paths.every(path => path[length] === first[length] && path.length > length + 1)
  ) {
    length++;
  }
  return length === 0 ? [root] : first.slice(0, length);
}

/** Every node of the paths that passes the filter, once: the trunk's first, then path by path. */
function rowOrder(
  trunk: readonly TrieNode[],
  paths: readonly TrieNode[][],
  passes: (node: TrieNode) => boolean,
): TrieNode[] {
  return [...new Set([...trunk, ...paths.flat()])].filter(passes);
}

function packOwnRows(
  parts: readonly TrieNode[][],
  constantRow: (node: TrieNode) => number,
  activeRow: (node: TrieNode) => number,
  isActive: (node: TrieNode) => boolean,
  trunkActive: number,
): OwnRows | null {
  if (parts.every(part => part.length === 0)) return null;
  const activeParts = parts.map(part => part.filter(isActive));
  const constantParts = parts.map(part => part.filter(node => !isActive(node)));
  const active = padded(activeParts, activeRow);
  const constants = padded(constantParts, constantRow);
  const ownRows = new Set(activeParts.flat()).size;
  const representatives = new Int32Array(ownRows).fill(-1);
  activeParts.forEach((part, prompt) => {
    part.forEach((node, place) => {
      const row = activeRow(node) - trunkActive;
      if (representatives[row] === -1) representatives[row] = prompt * active.length + place;
    });
  });
  return {
    prompts: parts.length,
    constantLength: constants.length,
    activeLength: active.length,
    constants: constants.rows,
    rows: active.rows,
    padding: active.padding,
    constantCounts: Int32Array.from(constantParts, ({ length }) => length),
    activeCounts: Int32Array.from(activeParts, ({ length }) => length),
    representatives,
    ends: Int32Array.from(parts, part => activeRow(part.at(-1)!)),
  };
}

/** Each part's rows, up to the longest part's length with its last row; row 0 where a part is empty. */
function padded(parts: readonly TrieNode[][], row: (node: TrieNode) => number) {
  const length = Math.max(...parts.map(part => part.length));
  const rows = new Int32Array(parts.length * length);
  const padding = new Uint8Array(parts.length * length);
  parts.forEach((part, prompt) => {
    for (let place = 0; place < length; place++) {
      const node = part[Math.min(place, part.length - 1)];
      rows[prompt * length + place] = node === undefined ? 0 : row(node);
      padding[prompt * length + place] = place < part.length ? 0 : 1;
    }
  });
  return { length, rows, padding };
}
