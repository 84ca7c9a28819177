import { type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { add, concat, constant, input, linear, take } from '../../graph/operations';
import { embedRows, positionalRows, type RowEmbeddings } from '../../prompt/embed-rows';
import type { PromptRows, RowKey } from '../../prompt/prompt-rows';
import { createSession } from '../../runtime/create-session';
import type { SessionOptions } from '../../runtime/session';
import { plainTransformer } from './plain-transformer';
import type { TextNodes } from './text-nodes';
import type { LearnedPrompts, TextSession, TextTower } from './text-tower';
import { norm } from './transformer-block';

export interface DenseOptions {
  /** T: every prompt is filled up to so many rows. */
  readonly contextLength: number;
  /** The token it is filled up with. Other rows attend to it: SigLIP is trained so. */
  readonly padding: () => Promise<number>;
}

interface DenseRow {
  readonly key: RowKey;
  readonly position: number;
}

/**
 * A text tower without a causal mask, pooled at the last of its T rows (transformers, SiglipTextModel): every row depends on
 * every other of its prompt, so that nothing is shared among prompts and a learned vector changes all rows of all classes.
 */
export class DenseTower implements TextTower {
  readonly refusal = null;

  constructor(
    private readonly nodes: TextNodes,
    private readonly options: DenseOptions,
  ) {}

  get width(): number {
    return this.nodes.width;
  }

  get layers(): number {
    return this.nodes.blocks.length;
  }

  paddedRows(): number {
    return this.options.contextLength;
  }

  async open(options: SessionOptions): Promise<TextSession> {
    const { width } = this.nodes;
    const { contextLength } = this.options;
    const rows = input('rows', [multiplyDims('N', contextLength), width]);
    const session = await createSession({ features: this.features(rows, 'N') }, options);
    const padding = await this.options.padding();
    return {
      device: session.device,
      encode: async (prompts: readonly PromptRows[], embeddings: RowEmbeddings) => {
        const filled = this.filled(prompts, padding);
        const data = embedRows(filled, embeddings, new Float32Array(filled.length * width));
        const { features } = await session.run({ rows: { data, shape: [filled.length, width] } });
        return features.data;
      },
      release: () => session.release(),
    };
  }

  stepRows(prompts: readonly PromptRows[]): number {
    return prompts.length * this.options.contextLength;
  }

  guessedStepRows(_shared: number, classes: number): number {
    return classes * this.options.contextLength;
  }

  async learned({ prompts, embeddings, vectorOf, precision }: LearnedPrompts) {
    const { width } = this.nodes;
    const filled = this.filled(prompts, await this.options.padding());
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
    return (context: Node): Node => {
      const vectors = add(
        take(context, ids(learned.map(({ key }) => vectorOf(key)))),
        constant(learnedPositions, [learned.length, width]),
      );
      // The end and the padding are fixed rows of every prompt.
      const rows = concat([vectors, constant(fixedRows, [fixed.length, width])], 0);
      return this.features(take(rows, ids(order)), prompts.length);
    };
  }

  private filled(prompts: readonly PromptRows[], padding: number): DenseRow[] {
    return prompts.flatMap(prompt =>
      Array.from({ length: this.options.contextLength }, (_, position): DenseRow => {
        return { key: prompt[position] ?? { kind: 'token', id: padding }, position };
      }),
    );
  }

  private features(rows: Node, batch: Dim): Node {
    const { blocks, finalNorm, projection, epsilon } = this.nodes;
    const tokens = this.options.contextLength;
    const pooled = plainTransformer(rows, blocks, this.nodes, { batch, tokens }, tokens - 1);
    return linear(norm(pooled, finalNorm, epsilon), projection.weight, projection.bias);
  }
}
