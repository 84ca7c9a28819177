import type { Node } from '../src/engine/graph/node';
import { topologicalOrder } from '../src/engine/graph/node';

/** Floating-point operations of all matrix products a graph computes for its outputs; every shape must be a number. */
export function flopsOf(outputs: readonly Node[]): number {
  let flops = 0;
  for (const node of topologicalOrder(outputs)) {
    if (node.op !== 'matmul' && node.op !== 'linear') continue;
    const [a] = node.inputs;
    const sizes = [...node.shape, ...a!.shape].map(Number);
    if (sizes.some(Number.isNaN)) throw new Error(`node ${node.id} has a symbolic shape`);
    const inner = Number(a!.shape.at(node.op === 'matmul' && node.attributes.transposeA ? -2 : -1));
    flops += 2 * inner * node.shape.reduce<number>((product, size) => product * Number(size), 1);
  }
  return flops;
}
