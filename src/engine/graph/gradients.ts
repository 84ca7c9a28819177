import { fixedDim, showShape } from './dim';
import { inputGradients } from './gradient-rules';
import { type Node, type NodeOf, topologicalOrder } from './node';
import { add, concat, expand, reshape, scalar, scatterAdd, sum, take } from './operations';
import { indexOf, takePlaces } from './take-places';

function zeros(shape: readonly number[]): Node {
  return expand(scalar(0), shape);
}

/** Parts of one node that users read: their gradients are joined into one, without a sum of zero-padded copies. */
interface Parts {
  readonly slices: { readonly node: NodeOf<'slice'>; readonly g: Node }[];
  readonly takes: { readonly node: NodeOf<'take'>; readonly g: Node }[];
}

/** Slices of one axis side by side; gaps are zeros, overlapping slices or other axes are summed. */
function gradientOfSlices(x: Node, slices: Parts['slices']): Node {
  const sorted = [...slices].sort(
    (a, b) => fixedDim(a.node.attributes.start) - fixedDim(b.node.attributes.start),
  );
  const groups: Parts['slices'][] = [];
  for (const item of sorted) {
    const { axis, start } = item.node.attributes;
    const fits = groups.find(group => {
      const last = group.at(-1)!.node.attributes;
      return last.axis === axis && fixedDim(last.start) + fixedDim(last.length) <= fixedDim(start);
    });
    if (fits === undefined) groups.push([item]);
    else fits.push(item);
  }
  return groups.map(group => sideBySide(x, group)).reduce(add);
}

function sideBySide(x: Node, slices: Parts['slices']): Node {
  const { axis } = slices[0]!.node.attributes;
  const parts: Node[] = [];
  let position = 0;
  const fill = (to: number) => {
    if (to > position)
      parts.push(zeros(x.shape.map((dim, i) => (i === axis ? to - position : fixedDim(dim)))));
  };
  for (const { node, g } of slices) {
    fill(fixedDim(node.attributes.start));
    parts.push(g);
    position = fixedDim(node.attributes.start) + fixedDim(node.attributes.length);
  }
  fill(fixedDim(x.shape[axis]!));
  return concat(parts, axis);
}

/**
 * The gradient of row r is the sum over all places that took it. Rows at the beginning that were taken equally often, as
 * what many share, are summed at once. Of each other row the first place is gathered, which is a plain copy; only further
 * places (words shared by several classes) are added by index.
 */
function gradientOfTakes(x: Node, takes: Parts['takes']): Node {
  const { often, first, later, untaken } = takePlaces(
    fixedDim(x.shape[0]!),
    takes.map(({ node }) => node),
  );
  const rest = x.shape.slice(1).map(fixedDim);
  const joined = takes.map(({ node, g }) => reshape(g, [indexOf(node).length, ...rest]));
  // Rows that nothing took have gradient zero: they point at one extra row of zeros.
  if (untaken) joined.push(zeros([1, ...rest]));
  const g = concat(joined, 0);
  const parts: Node[] = [];
  if (often !== null)
    parts.push(sum(reshape(take(g, often.places), [often.times, often.rows, ...rest]), [0]));
  if (first !== null) {
    const gathered = take(g, first);
    parts.push(later === null ? gathered : scatterAdd(gathered, later.rows, take(g, later.places)));
  }
  return concat(parts, 0);
}

/**
 * Gradients of Σ ⟨output, cotangent⟩ with respect to `targets`, walking only the nodes between them.
 * @param seeds output node → its cotangent, of the same shape (for a scalar loss: `scalar(1)`)
 * @throws Error naming an operation that has no gradient rule or whose rule does not fit it, an input that is frozen,
 * or a target that no output depends on
 */
export function gradients(seeds: ReadonlyMap<Node, Node>, targets: readonly Node[]): Map<Node, Node> {
  const order = topologicalOrder([...seeds.keys()]);
  const needed = new Set<Node>(targets);
  for (const node of order) if (node.inputs.some(child => needed.has(child))) needed.add(node);

  const found = new Map<Node, Node>(seeds);
  const parts = new Map<Node, Parts>();
  const accumulate = (node: Node, g: Node) => {
    const before = found.get(node);
    found.set(node, before === undefined ? g : add(before, g));
  };
  for (const node of [...order].reverse()) {
    if (!needed.has(node)) continue;
    const { slices, takes } = parts.get(node) ?? { slices: [], takes: [] };
    if (slices.length > 0) accumulate(node, gradientOfSlices(node, slices));
    if (takes.length > 0) accumulate(node, gradientOfTakes(node, takes));
    const g = found.get(node);
    if (g === undefined || !node.inputs.some(child => needed.has(child))) continue;
    if (node.op === 'slice' || node.op === 'take') {
      const x = node.inputs[0]!;
      const ofX = parts.get(x) ?? { slices: [], takes: [] };
      parts.set(x, ofX);
      if (node.op === 'slice') ofX.slices.push({ node, g });
      else ofX.takes.push({ node, g });
      continue;
    }
    inputGradients(node, g).forEach((part, i) => {
      const child = node.inputs[i]!;
      if (!needed.has(child)) return;
      if (part === null)
        throw new Error(`${node.op} is frozen in its input ${i}, but a gradient was asked for it`);
      accumulate(child, part);
    });
  }
  for (const target of targets) {
    if (!found.has(target)) throw new Error(`nothing depends on ${target.op} ${showShape(target.shape)}`);
  }
  return found;
}
