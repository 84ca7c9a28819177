import { type Node, topologicalOrder } from './node';

/**
 * Floating-point operations of all matrix products and convolutions a graph computes for its outputs.
 * @throws Error when a shape is not a number
 */
export function flopsOf(outputs: readonly Node[]): number {
  let flops = 0;
  for (const node of topologicalOrder(outputs)) {
    const inner = innerSize(node);
    if (inner === null) continue;
    const count = [inner, ...node.shape].reduce<number>((product, size) => product * Number(size), 2);
    if (Number.isNaN(count)) throw new Error(`node ${node.id} has a symbolic shape`);
    flops += count;
  }
  return flops;
}

/** Products that are summed for one value of the output. */
function innerSize(node: Node): number | null {
  const [a, weights] = node.inputs;
  switch (node.op) {
    case 'matmul':
      return Number(a!.shape.at(node.attributes.transposeA ? -2 : -1));
    case 'linear':
      return Number(a!.shape.at(-1));
    case 'conv2d':
      return weights!.shape.slice(1).reduce<number>((product, size) => product * Number(size), 1);
    default:
      return null;
  }
}
