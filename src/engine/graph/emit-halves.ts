import type { Node, OperationName } from './node';
import { ONNX_TYPE, type OnnxModel } from './onnx-model';

/** What only moves numbers, and may do so while they are float16. */
const MOVES: ReadonlySet<OperationName> = new Set(['reshape', 'transpose', 'slice', 'concat']);

/** Weights held as float16, and what was moved of them. */
export interface HalfValues {
  has(node: Node): boolean;
  /** The float32 that `reader` gets of a value, null for an output of the graph; undefined where it is no such value. */
  widened(node: Node, reader: Node | null): string | undefined;
}

/**
 * Emits weights that are held as float16 and their casts to float32, before anything else: of what a node reads, onnxruntime
 * computes first what stands last in the file, so that a cast beside its product would be computed before all products, and
 * every weight lie in memory as float32. Each reader has a cast of its own; a shared one would live from the forward to the
 * backward pass.
 */
export function emitHalves(
  order: readonly Node[],
  outputs: readonly Node[],
  model: OnnxModel,
  emit: (node: Node, inputs: string[]) => string,
): HalfValues {
  const halves = new Map<Node, string>();
  for (const node of order) {
    const inputs = node.inputs.flatMap(child => halves.get(child) ?? []);
    const moved = MOVES.has(node.op) && inputs.length === node.inputs.length;
    if (moved || (node.op === 'weight' && node.attributes.ref.held === 'F16'))
      halves.set(node, emit(node, inputs));
  }
  const casts = new Map<Node, Map<Node | null, string>>();
  const widen = (node: Node, reader: Node | null) => {
    const half = halves.get(node);
    if (half === undefined) return;
    const float = model.newName();
    model.nodeWithOutputs('Cast', [half], [float], { to: ONNX_TYPE.float32 });
    casts.set(node, (casts.get(node) ?? new Map()).set(reader, float));
  };
  for (const reader of order) if (!halves.has(reader)) for (const node of reader.inputs) widen(node, reader);
  for (const node of outputs) widen(node, null);
  return { has: node => halves.has(node), widened: (node, reader) => casts.get(node)?.get(reader) };
}
