import { linear } from '../../graph/operations';
import { type DenseGraph, type DenseOptions, DenseTower } from '../parts/dense-tower';
import { plainTransformer } from '../parts/plain-transformer';
import type { TextNodes } from '../parts/text-nodes';
import { norm } from '../parts/transformer-block';

/** SigLIP's text tower: filled up to all its positions and pooled at the last of them (transformers, SiglipTextModel). */
export function siglipText(
  nodes: TextNodes,
  options: DenseOptions & { readonly padding: () => Promise<number> },
): DenseTower {
  const { width, blocks, finalNorm, projection, epsilon } = nodes;
  const tokens = options.contextLength;
  const graph: DenseGraph = {
    width,
    layers: blocks.length,
    features: (rows, _mask, { batch }) => {
      const pooled = plainTransformer(rows, blocks, nodes, { batch, tokens }, tokens - 1);
      return linear(norm(pooled, finalNorm, epsilon), projection.weight, projection.bias);
    },
  };
  return new DenseTower(graph, options);
}
