import type { Node } from '../../../src/engine/graph/node';
import { constant, slice } from '../../../src/engine/graph/operations';
import type {
  BlockNodes,
  LinearNodes,
  NormNodes,
  TextNodes,
} from '../../../src/engine/models/parts/text-nodes';
import type { RowEmbeddings } from '../../../src/engine/prompt/embed-rows';

/** Deterministic numbers in (−1, 1), good enough to make every weight matter. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) / 2 ** 32) * 2 - 1;
  };
}

export interface RandomModelOptions {
  readonly seed?: number;
  readonly width?: number;
  readonly heads?: number;
  readonly layers?: number;
  readonly embed?: number;
  readonly activation?: 'quick_gelu' | 'gelu';
  readonly vocabulary?: number;
  readonly contextLength?: number;
}

/** A text tower with random, non-trivial weights, biases and norms, as constants of the graph. */
export function randomTextModel(options: RandomModelOptions = {}): {
  model: TextNodes;
  embeddings: RowEmbeddings;
} {
  const { seed = 7, width = 16, heads = 2, layers = 3, embed = 12, activation = 'quick_gelu' } = options;
  const { vocabulary = 60, contextLength = 32 } = options;
  const next = randomNumbers(seed);
  const values = (count: number, size: number, centre = 0) =>
    Float64Array.from({ length: count }, () => Math.fround(centre + next() * size));
  const linear = (out: number, inner: number): LinearNodes => ({
    weight: constant(values(out * inner, 1.5 / Math.sqrt(inner)), [out, inner]),
    bias: constant(values(out, 0.3), [out]),
  });
  const norm = (): NormNodes => ({
    weight: constant(values(width, 0.4, 1), [width]),
    bias: constant(values(width, 0.2), [width]),
  });
  const part = (nodes: LinearNodes, start: number, length: number): LinearNodes => ({
    weight: slice(nodes.weight, 0, start, length),
    bias: slice(nodes.bias as Node, 0, start, length),
  });
  const block = (): BlockNodes => {
    const queryKeyValue = linear(3 * width, width);
    return {
      norm1: norm(),
      queryKeyValue,
      query: part(queryKeyValue, 0, width),
      keyValue: part(queryKeyValue, width, 2 * width),
      out: linear(width, width),
      norm2: norm(),
      fc: linear(4 * width, width),
      proj: linear(width, 4 * width),
    };
  };
  const tokens = values(vocabulary * width, 0.5);
  const positions = values(contextLength * width, 0.3);
  const fixed = values(64 * width, 0.5);
  return {
    model: {
      width,
      heads,
      activation,
      epsilon: 1e-5,
      blocks: Array.from({ length: layers }, block),
      finalNorm: norm(),
      projection: { weight: linear(embed, width).weight, bias: null },
    },
    embeddings: {
      width,
      token: id => tokens.subarray(id * width, (id + 1) * width),
      positional: position => positions.subarray(position * width, (position + 1) * width),
      fixedVector: (slot, vector) =>
        fixed.subarray((slot * 16 + vector) * width, (slot * 16 + vector + 1) * width),
    },
  };
}
