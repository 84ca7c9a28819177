import type { Node } from '../../graph/node';
import { add, gelu, layerNorm, linear, multiply, scalar, scale, sigmoid, silu } from '../../graph/operations';
import type { BlockNodes, MlpNodes, NormNodes, TransformerShape } from './text-nodes';

export function norm(x: Node, nodes: NormNodes, epsilon: number): Node {
  return layerNorm(x, nodes.weight, nodes.bias, epsilon);
}

/** The slope inside OpenAI's QuickGELU, x·σ(1.702x). */
const QUICK_GELU_SLOPE = 1.702;

/**
 * GELU by its tanh approximation, ½x(1 + tanh(√(2/π)(x + 0.044715x³))), written as x·σ(2√(2/π)(x + 0.044715x³))
 * (PyTorch, gelu(approximate='tanh')).
 */
export function geluTanh(x: Node): Node {
  const slope = 2 * Math.sqrt(2 / Math.PI);
  const inner = add(scale(multiply(x, x), slope * 0.044715), scalar(slope));
  return multiply(x, sigmoid(multiply(x, inner)));
}

/** MLP(x) for rows x [n, d]. */
export function mlp(h: Node, { fc, proj }: MlpNodes, activation: TransformerShape['activation']): Node {
  if (activation !== 'quick_gelu') {
    const act = activation === 'gelu' ? gelu : geluTanh;
    return linear(act(linear(h, fc.weight, fc.bias)), proj.weight, proj.bias);
  }
  // The slope moves into the two matrix products, where it is free: x·σ(sx) = silu(sx)/s.
  const inner = silu(linear(h, fc.weight, fc.bias, { scale: QUICK_GELU_SLOPE, biasScale: QUICK_GELU_SLOPE }));
  return linear(inner, proj.weight, proj.bias, { scale: 1 / QUICK_GELU_SLOPE });
}

/** x + MLP(LN₂(x)) for rows x [n, d]. */
export function feedForward(x: Node, block: BlockNodes, shape: TransformerShape): Node {
  return add(x, mlp(norm(x, block.norm2, shape.epsilon), block, shape.activation));
}
