import type { Node } from '../../graph/node';
import type { BlockNodes, LinearNodes, NormNodes, TransformerShape } from './text-nodes';

/** Weights of a vision transformer of width w over a grid of g × g patches. */
export interface VitNodes extends TransformerShape {
  readonly kind: 'vit';
  /** [w, 3, p, p]; patches do not overlap. */
  readonly patch: Node;
  /** [w]; CLIP has none. */
  readonly patchBias: Node | null;
  /** [w] */
  readonly classEmbedding: Node;
  /** [1 + g², w], the class row first. */
  readonly positions: Node;
  /** Null: none. */
  readonly preNorm: NormNodes | null;
  readonly blocks: readonly BlockNodes[];
  readonly postNorm: NormNodes;
  /** [E, w] */
  readonly projection: LinearNodes;
}

/** A convolution with its batch norm folded in: weight [out, in, k, k], bias [out]. */
export interface ConvNodes {
  readonly weight: Node;
  readonly bias: Node;
}

export interface BottleneckNodes {
  /** 1 × 1, 3 × 3, 1 × 1. */
  readonly convs: readonly [ConvNodes, ConvNodes, ConvNodes];
  /** 1 × 1 on the shortcut; null where the shapes agree. */
  readonly downsample: ConvNodes | null;
  readonly stride: number;
}

/** Weights of CLIP's ModifiedResNet; the last stage has C channels. */
export interface ResNetNodes {
  readonly kind: 'resnet';
  readonly stem: readonly [ConvNodes, ConvNodes, ConvNodes];
  readonly bottlenecks: readonly BottleneckNodes[];
  readonly pool: {
    readonly heads: number;
    /** [1 + H·W, C], the mean's row first. */
    readonly positions: Node;
    /** [C, C] */
    readonly query: LinearNodes;
    readonly key: LinearNodes;
    readonly value: LinearNodes;
  };
  /** [E, C], the pool's output map (`attnpool.c_proj`). */
  readonly projection: LinearNodes;
}

export type VisionNodes = VitNodes | ResNetNodes;
