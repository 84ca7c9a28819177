import type { Node } from '../../graph/node';

/** Weight [out, in] and bias [out] of a linear layer. */
export interface LinearNodes {
  readonly weight: Node;
  readonly bias: Node | null;
}

/** Gain and bias [d] of a layer norm. */
export interface NormNodes {
  readonly weight: Node;
  readonly bias: Node;
}

export interface MlpNodes {
  readonly fc: LinearNodes;
  readonly proj: LinearNodes;
}

/** Weights of one pre-LN transformer block of width d. */
export interface BlockNodes extends MlpNodes {
  readonly norm1: NormNodes;
  /** Query, key and value in one matrix [3d, d], and in two: the last block needs queries of few rows only. */
  readonly queryKeyValue: LinearNodes;
  readonly query: LinearNodes;
  readonly keyValue: LinearNodes;
  readonly out: LinearNodes;
  readonly norm2: NormNodes;
}

export interface TransformerShape {
  readonly width: number;
  readonly heads: number;
  readonly activation: 'quick_gelu' | 'gelu' | 'gelu_tanh';
  readonly epsilon: number;
}

/** The weights of a text tower as graph nodes; embeddings are looked up outside the graph. */
export interface TextNodes extends TransformerShape {
  readonly blocks: readonly BlockNodes[];
  readonly finalNorm: NormNodes;
  /** [E, d] */
  readonly projection: LinearNodes;
}
