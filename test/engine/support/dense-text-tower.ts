import type { Node } from '../../../src/engine/graph/node';
import {
  add,
  concat,
  constant,
  gelu,
  layerNorm,
  linear,
  matmul,
  multiply,
  reshape,
  scale,
  sigmoid,
  slice,
  softmax,
  transpose,
} from '../../../src/engine/graph/operations';
import type { TextNodes } from '../../../src/engine/models/parts/text-nodes';

/**
 * CLIP's text tower as the reference computes it: every class on its own, all `length` positions, one causal mask,
 * QuickGELU as written. No sharing, no cutting: the check for the packed tower.
 * @param x [length, d] embeddings + positions of one prompt, padded
 * @param end position of the EOT
 */
export function denseTextTower(model: TextNodes, x: Node, end: number): Node {
  const { width, heads, epsilon } = model;
  const length = x.shape[0] as number;
  const mask = Float64Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? Number.NEGATIVE_INFINITY : 0,
  );
  const causal = constant(mask, [length, length]);
  let h = x;
  for (const block of model.blocks) {
    const n1 = layerNorm(h, block.norm1.weight, block.norm1.bias, epsilon);
    const qkv = linear(n1, block.queryKeyValue.weight, block.queryKeyValue.bias);
    const [q, k, v] = [0, 1, 2].map(i =>
      transpose(reshape(slice(qkv, 1, i * width, width), [length, heads, width / heads]), [1, 0, 2]),
    );
    const scores = add(scale(matmul(q!, k!, { transposeB: true }), (width / heads) ** -0.5), causal);
    const attended = reshape(transpose(matmul(softmax(scores), v!), [1, 0, 2]), [length, width]);
    h = add(h, linear(attended, block.out.weight, block.out.bias));
    const n2 = layerNorm(h, block.norm2.weight, block.norm2.bias, epsilon);
    const inner = linear(n2, block.fc.weight, block.fc.bias);
    const activated =
      model.activation === 'gelu' ? gelu(inner) : multiply(inner, sigmoid(scale(inner, 1.702)));
    h = add(h, linear(activated, block.proj.weight, block.proj.bias));
  }
  const pooled = layerNorm(slice(h, 0, end, 1), model.finalNorm.weight, model.finalNorm.bias, epsilon);
  return linear(pooled, model.projection.weight, model.projection.bias);
}

/** Features of several prompts: [prompts, E]. */
export function denseFeatures(model: TextNodes, prompts: readonly { x: Node; end: number }[]): Node {
  return concat(
    prompts.map(({ x, end }) => denseTextTower(model, x, end)),
    0,
  );
}
