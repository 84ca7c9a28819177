import { type AttentionBlocks, attentionBlocks } from './attention-blocks';
import type { PromptRows, RowKey } from './prompt-rows';
import { buildTrie, sharedPath, type TrieNode } from './row-trie';

/**
 * All prompts of a class list as one set of rows. Prompts form a trie of row keys; the text tower is causal, so a
 * trie node's hidden state depends on its path alone and is computed once, whichever classes share it.
 *
 * Rows fall in two groups: *constant* rows have no learnable vector on their path, and of them only keys and values
 * are needed, computed once per run; *active* rows are computed at every step. Along every path the constant rows come
 * first.
 */
export interface PackedPrompts {
  /** Active rows: first those of the path that all prompts share, then prompt by prompt. */
  readonly active: readonly PackedRow[];
  readonly constants: readonly PackedRow[];
  /** Which rows attend to which. */
  readonly attention: AttentionBlocks;
  /** [distinct prompts] active row of each one's EOT. */
  readonly ends: Int32Array;
  /** [classes] distinct prompt of each class: equal prompts share one. */
  readonly promptOfClass: Int32Array;
}

export interface PackedRow {
  readonly key: RowKey;
  readonly position: number;
}

export interface PackOptions {
  /** True for a slot whose vectors are learned; without any learnable slot every row is active. */
  readonly learnable?: (slot: number) => boolean;
  /** Rows of an attention block that are considered. Default: what has proved fast. */
  readonly blockSizes?: readonly number[] | undefined;
}

/**
 * Fewer constant rows than this share of the active ones are computed with them at every step: joining their keys
 * and values to the others' in every layer would cost more.
 */
const FEW_CONSTANTS = 1 / 32;

/**
 * @param prompts one per class, all starting with SOT
 * @throws Error when a prompt is empty or the prompts do not start alike
 */
export function packPrompts(prompts: readonly PromptRows[], options: PackOptions = {}): PackedPrompts {
  const { paths, pathOfPrompt, constantPaths } = trieOf(prompts, options);
  return packPaths(paths, pathOfPrompt, constantPaths, options);
}

/**
 * The constant rows of a packing as a packing of their own, all active: running it gives their keys and values.
 * Its active rows are `packed.constants`, in the same order. Null when nothing is constant.
 */
export function packConstants(prompts: readonly PromptRows[], options: PackOptions): PackedPrompts | null {
  const { constantPaths } = trieOf(prompts, options);
  if (constantPaths.length === 0) return null;
  return packPaths(constantPaths, Int32Array.from(constantPaths.keys()), [], options);
}

type Paths = readonly (readonly TrieNode[])[];

function trieOf(prompts: readonly PromptRows[], { learnable = () => false }: PackOptions) {
  const { paths, pathOfPrompt } = buildTrie(prompts, learnable);
  return { paths, pathOfPrompt, constantPaths: constantParts(paths) };
}

/** The constant beginning of every path, without repetitions and without parts of longer ones; none where they are few. */
function constantParts(paths: Paths): Paths {
  const nodes = new Set(paths.flat());
  const constants = [...nodes].filter(node => !node.learned).length;
  const active = nodes.size - constants;
  if (active === 0 || constants <= active * FEW_CONSTANTS) return [];
  const byEnd = new Map<TrieNode, readonly TrieNode[]>();
  for (const path of paths) {
    const part = path.filter(node => !node.learned);
    if (part.length > 0) byEnd.set(part.at(-1)!, part);
  }
  const inner = new Set([...byEnd.values()].flatMap(part => part.slice(0, -1)));
  return [...byEnd.values()].filter(part => !inner.has(part.at(-1)!));
}

function packPaths(
  paths: Paths,
  promptOfClass: Int32Array,
  constantPaths: Paths,
  { blockSizes }: PackOptions,
): PackedPrompts {
  const constantNodes = rowOrder(constantPaths);
  const isConstant = new Set(constantNodes);
  const activeNodes = rowOrder(paths).filter(node => !isConstant.has(node));
  const constantRow = rowNumbers(constantNodes);
  const activeRow = rowNumbers(activeNodes);
  const toRow = ({ key, position }: TrieNode): PackedRow => ({ key, position });
  return {
    active: activeNodes.map(toRow),
    constants: constantNodes.map(toRow),
    attention: attentionBlocks({ paths, activeRow, constantRow }, blockSizes),
    ends: Int32Array.from(paths, path => activeRow.get(path.at(-1)!)!),
    promptOfClass,
  };
}

const rowNumbers = (nodes: readonly TrieNode[]): ReadonlyMap<TrieNode, number> =>
  new Map(nodes.map((node, row) => [node, row]));

/** Every node of the paths once: those that all share first, then path by path. */
function rowOrder(paths: Paths): TrieNode[] {
  return paths.length === 0 ? [] : [...new Set([...sharedPath(paths), ...paths.flat()])];
}
