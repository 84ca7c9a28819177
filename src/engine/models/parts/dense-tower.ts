import { type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { add, concat, constant, input, reshape, take } from '../../graph/operations';
import { embedRows, positionalRows, type RowEmbeddings } from '../../prompt/embed-rows';
import type { PromptRows, RowKey } from '../../prompt/prompt-rows';
import { createSession } from '../../runtime/create-session';
import type { SessionOptions } from '../../runtime/session';
import { MASKED } from './self-attention';
import type { LearnedPrompts, TextSession, TextTower } from './text-tower';

/** What a family makes of the rows of all prompts. */
export interface DenseGraph {
  /** d */
  readonly width: number;
  readonly layers: number;
  /**
   * @param rows [batch · tokens, d] token embeddings + positions
   * @param mask [1, batch, 1, tokens], added to scores: 0 where a prompt has a row; null where all are seen
   * @returns [batch, E], not normalised
   */
  features(rows: Node, mask: Node | null, shape: { readonly batch: Dim; readonly tokens: Dim }): Node;
}

export interface DenseOptions {
  readonly contextLength: number;
  /**
   * The token that every prompt is filled up with to all its positions, to which the others attend: SigLIP is trained so.
   * Null: prompts are filled up to the longest, and nothing attends to that (BERT).
   */
  readonly padding: (() => Promise<number>) | null;
}

interface DenseRow {
  readonly key: RowKey;
  readonly position: number;
}

/**
 * A text tower without a causal mask: every row depends on every other of its prompt, so that nothing is shared among prompts
 * and a learned vector changes all rows of all classes.
 */
export class DenseTower implements TextTower {
  readonly refusal = null;

  constructor(
    private readonly graph: DenseGraph,
    private readonly options: DenseOptions,
  ) {}

  get width(): number {
    return this.graph.width;
  }

  get layers(): number {
    return this.graph.layers;
  }

  paddedRows(length: number): number {
    return this.options.padding === null ? length : this.options.contextLength;
  }

  async open(options: SessionOptions): Promise<TextSession> {
    const { width } = this;
    const masked = this.options.padding === null;
    const tokens: Dim = masked ? 'T' : this.options.contextLength;
    // An input's size can be a symbol, not the product of two.
    const rows = reshape(input('rows', ['N', tokens, width]), [multiplyDims('N', tokens), width]);
    const mask = masked ? input('mask', [1, 'N', 1, 'T']) : null;
    const features = this.graph.features(rows, mask, { batch: 'N', tokens });
    const session = await createSession({ features }, options);
    const padding = await this.padding();
    return {
      device: session.device,
      encode: async (prompts: readonly PromptRows[], embeddings: RowEmbeddings) => {
        const length = this.lengthOf(prompts);
        const filled = fill(prompts, length, padding);
        const data = embedRows(filled, embeddings, new Float32Array(filled.length * width));
        const count = prompts.length;
        const feed = { rows: { data, shape: [count, length, width] } };
        const { features: found } = await session.run(
          masked ? { ...feed, mask: { data: maskOf(prompts, length), shape: [1, count, 1, length] } } : feed,
        );
        return found.data;
      },
      release: () => session.release(),
    };
  }

  stepRows(prompts: readonly PromptRows[]): number {
    return prompts.length * this.lengthOf(prompts);
  }

  guessedStepRows(shared: number, classes: number): number {
    return classes * this.paddedRows(shared + 6);
  }

  async learned({ prompts, embeddings, vectorOf, precision }: LearnedPrompts) {
    const { width } = this;
    const tokens = this.lengthOf(prompts);
    const filled = fill(prompts, tokens, await this.padding());
    const floats = (length: number) =>
      precision === 'float64' ? new Float64Array(length * width) : new Float32Array(length * width);
    const learned = filled.filter(({ key }) => vectorOf(key) >= 0);
    const fixed = filled.filter(({ key }) => vectorOf(key) < 0);
    const learnedPositions = positionalRows(learned, embeddings, floats(learned.length));
    const fixedRows = embedRows(fixed, embeddings, floats(fixed.length));
    let nextLearned = 0;
    let nextFixed = learned.length;
    const order = filled.map(({ key }) => (vectorOf(key) >= 0 ? nextLearned++ : nextFixed++));
    const ids = (values: readonly number[]) => constant(Int32Array.from(values), [values.length]);
    const batch = prompts.length;
    const mask =
      this.options.padding === null ? constant(maskOf(prompts, tokens), [1, batch, 1, tokens]) : null;
    return (context: Node): Node => {
      const vectors = add(
        take(context, ids(learned.map(({ key }) => vectorOf(key)))),
        constant(learnedPositions, [learned.length, width]),
      );
      // The end of every prompt is a fixed row.
      const rows = concat([vectors, constant(fixedRows, [fixed.length, width])], 0);
      return this.graph.features(take(rows, ids(order)), mask, { batch, tokens });
    };
  }

  private lengthOf(prompts: readonly PromptRows[]): number {
    if (this.options.padding !== null) return this.options.contextLength;
    return prompts.reduce((longest, { length }) => Math.max(longest, length), 0);
  }

  /** What nothing attends to may be any token. */
  private async padding(): Promise<number> {
    return (await this.options.padding?.()) ?? 0;
  }
}

function fill(prompts: readonly PromptRows[], length: number, padding: number): DenseRow[] {
  return prompts.flatMap(prompt =>
    Array.from({ length }, (_, position): DenseRow => {
      return { key: prompt[position] ?? { kind: 'token', id: padding }, position };
    }),
  );
}

/** [prompts, length] */
function maskOf(prompts: readonly PromptRows[], length: number): Float32Array {
  const mask = new Float32Array(prompts.length * length);
  for (const [at, prompt] of prompts.entries())
    mask.fill(MASKED, at * length + prompt.length, (at + 1) * length);
  return mask;
}
