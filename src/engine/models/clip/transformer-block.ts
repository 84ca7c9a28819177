import type { Node } from '../../graph/node';
import { add, gelu, layerNorm, linear, silu } from '../../graph/operations';
import type { BlockNodes, NormNodes, TransformerShape } from '../parts/text-nodes';

export function norm(x: Node, nodes: NormNodes, epsilon: number): Node {
  return layerNorm(x, nodes.weight, nodes.bias, epsilon);
}

/** The slope inside OpenAI's QuickGELU, x·σ(1.702x). */
const QUICK_GELU_SLOPE = 1.702;

/** x + MLP(LN₂(x)) for rows x [n, d]. */
export function feedForward(x: Node, block: BlockNodes, shape: TransformerShape): Node {
  const { fc, proj } = block;
  const h = norm(x, block.norm2, shape.epsilon);
  if (shape.activation === 'gelu') {
    return add(x, linear(gelu(linear(h, fc.weight, fc.bias)), proj.weight, proj.bias));
  }
  // The slope moves into the two matrix products, where it is free: x·σ(sx) = silu(sx)/s.
  const inner = silu(linear(h, fc.weight, fc.bias, { scale: QUICK_GELU_SLOPE, biasScale: QUICK_GELU_SLOPE }));
  return add(x, linear(inner, proj.weight, proj.bias, { scale: 1 / QUICK_GELU_SLOPE }));
}
