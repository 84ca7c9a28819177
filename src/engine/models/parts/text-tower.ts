import type { ConstantData, Node } from '../../graph/node';
import type { RowEmbeddings } from '../../prompt/embed-rows';
import type { PromptRows, RowKey } from '../../prompt/prompt-rows';
import type { Device, SessionOptions } from '../../runtime/session';

/**
 * How a family turns prompts into text features: as one trie of rows where attention is causal (clip/trie-tower.ts), each
 * prompt with all its positions where it is not (parts/dense-tower.ts).
 */
export interface TextTower {
  /** d: width of token embeddings, and so of learned vectors. */
  readonly width: number;
  readonly layers: number;
  /** Why no vectors can enter it, so that prompts cannot be learned; null where they can. */
  readonly refusal: string | null;
  /** Rows that one prompt of this many rows takes in a run of several. */
  paddedRows(length: number): number;
  /**
   * The tower for any prompts without learned vectors, compiled once.
   * @throws CoopError `device.unavailable`, `file.corrupt`, `file.access`
   */
  open(options: SessionOptions): Promise<TextSession>;
  /** Rows of one step of learning these prompts: what its time and memory grow with. */
  stepRows(prompts: readonly PromptRows[], learnable: (slot: number) => boolean): number;
  /** The same before there are prompts, a guess. @param shared vectors of all slots, each class's own counted */
  guessedStepRows(shared: number, classes: number): number;
  /** The forward pass of prompts with learned vectors: `context` [vectors, d] → features [prompts, E], not normalised. */
  learned(prompts: LearnedPrompts): Promise<(context: Node) => Node>;
}

export interface TextSession {
  readonly device: Device;
  /** @returns [prompts, E], not normalised */
  encode(prompts: readonly PromptRows[], embeddings: RowEmbeddings): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface LearnedPrompts {
  /** One per class. */
  readonly prompts: readonly PromptRows[];
  readonly embeddings: RowEmbeddings;
  readonly learnable: (slot: number) => boolean;
  /** Row of the context matrix that a row of a prompt is; −1 for one with a fixed input. */
  readonly vectorOf: (key: RowKey) => number;
  /** Float64 for the interpreter; the default is what onnxruntime computes in. */
  readonly precision?: 'float32' | 'float64' | undefined;
  /** Computes what no learned vector reaches. Default: onnxruntime on the CPU. */
  readonly compute?: ((outputs: readonly Node[]) => Promise<readonly ConstantData[]>) | undefined;
}
