import { multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { add, constant, linear, multiply, reshape } from '../../graph/operations';

/** How positions of a grid of patches turn pairs of a head's numbers (timm, RotaryEmbeddingCat). */
export interface Grid {
  /** Patches on a side. */
  readonly side: number;
  /** The side it was trained on first, to which positions are scaled. */
  readonly reference: number;
  readonly offset: number;
  /** Which coordinate comes first: row (`ij`) or column (`xy`). */
  readonly indexing: 'ij' | 'xy';
}

const TEMPERATURE = 10_000;

export interface Rotation {
  /** [tokens, head width] */
  readonly cos: Node;
  readonly sin: Node;
  /** [head width, head width]: x → (−x₁, x₀, −x₃, x₂, …) */
  readonly swap: Node;
}

/** Angles of all rows of one image; the class row, the first, is not turned. */
export function rotation({ side, reference, offset, indexing }: Grid, headWidth: number): Rotation {
  const tokens = 1 + side * side;
  const bands = headWidth / 4;
  const cos = new Float64Array(tokens * headWidth).fill(1, 0, headWidth);
  const sin = new Float64Array(tokens * headWidth);
  for (let patch = 0; patch < side * side; patch++) {
    const place = [Math.floor(patch / side), patch % side];
    if (indexing === 'xy') place.reverse();
    for (let i = 0; i < headWidth; i++) {
      const pair = Math.floor(i / 2);
      const position = ((place[Math.floor(pair / bands)]! + offset) / side) * reference;
      const angle = position * TEMPERATURE ** -((pair % bands) / bands);
      const at = (1 + patch) * headWidth + i;
      cos[at] = Math.cos(angle);
      sin[at] = Math.sin(angle);
    }
  }
  const swap = new Float64Array(headWidth * headWidth);
  for (let i = 0; i < headWidth; i += 2) {
    swap[i * headWidth + i + 1] = -1;
    swap[(i + 1) * headWidth + i] = 1;
  }
  return {
    cos: constant(cos, [tokens, headWidth]),
    sin: constant(sin, [tokens, headWidth]),
    swap: constant(swap, [headWidth, headWidth]),
  };
}

/** Queries or keys [heads, batch, tokens, head width] with their pairs turned: x cos + swap(x) sin. */
export function rotated(x: Node, { cos, sin, swap }: Rotation): Node {
  const headWidth = swap.shape[0] as number;
  const flat = reshape(x, [x.shape.slice(0, -1).reduce(multiplyDims), headWidth]);
  return add(multiply(x, cos), multiply(reshape(linear(flat, swap, null), x.shape), sin));
}
