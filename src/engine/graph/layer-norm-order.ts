import type { Node, NodeOf } from './node';

/** Equal for a layer norm and its statistics. */
export function statisticsKey(node: NodeOf<'layerNorm' | 'layerNormMean' | 'layerNormInverseStd'>): string {
  return `${node.inputs[0]!.id} ${node.attributes.epsilon}`;
}

/** A layer norm emits its own statistics, so it must come before the nodes that read them. */
export function layerNormsBeforeStatistics(order: readonly Node[]): Node[] {
  const norms = new Map<string, Node>();
  for (const node of order) if (node.op === 'layerNorm') norms.set(statisticsKey(node), node);
  const placed = new Set<Node>();
  const sorted: Node[] = [];
  const place = (node: Node) => {
    if (placed.has(node)) return;
    placed.add(node);
    sorted.push(node);
  };
  for (const node of order) {
    if (node.op === 'layerNormMean' || node.op === 'layerNormInverseStd') {
      const norm = norms.get(statisticsKey(node));
      if (norm !== undefined) {
        for (const child of norm.inputs) place(child);
        place(norm);
      }
    }
    place(node);
  }
  return sorted;
}
