import { addDims, type Dim, multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import { constant, input, reshape } from '../../graph/operations';
import type { OwnRows, PackedPrompts } from '../../prompt/pack-prompts';
import type { Feed } from '../../runtime/session';
import { MASKED } from '../parts/self-attention';

/** The index tensors of a packing as graph nodes: constants of one run, or inputs that serve every packing. */
export interface TowerLayout {
  readonly trunk: {
    /** int64: constant row of the trunk's first positions; null when none is constant. */
    readonly constants: Node | null;
    /** Number of active trunk rows; 0 when the trunk is constant. */
    readonly active: Dim;
    /** int64 [active] the trunk's active rows. */
    readonly rows: Node;
    /** [active, length] 0 where a position is seen, MASKED where not. */
    readonly mask: Node;
  };
  readonly own: OwnLayout | null;
}

export interface OwnLayout {
  readonly prompts: Dim;
  /** Rows of each prompt in `constants`, and in `rows`. */
  readonly constantLength: number;
  readonly activeLength: Dim;
  /** int64 [prompts · constantLength] constant rows; null when no prompt has one of its own. */
  readonly constants: Node | null;
  /** int64 [prompts · activeLength] active rows. */
  readonly rows: Node;
  readonly padding: Uint8Array | null;
  readonly representatives: Node;
  /** [prompts or 1, activeLength, trunk length + constantLength + activeLength] */
  readonly mask: Node;
  readonly ends: Node;
  /** [prompts, 1, trunk length + constantLength + activeLength] */
  readonly endMask: Node;
}

const ids = (values: Int32Array) => constant(values, [values.length]);
const idsOrNone = (values: Int32Array) => (values.length === 0 ? null : ids(values));

/** The packing as constants: the graph serves this packing only, and gradients can be built. */
export function staticLayout(packed: PackedPrompts): TowerLayout {
  const { trunk, own } = packed;
  return {
    trunk: {
      constants: idsOrNone(trunk.constants),
      active: trunk.active,
      rows: ids(trunkRows(packed)),
      mask: constant(trunkMask(packed), [trunk.active, trunkLength(packed)]),
    },
    own: own === null ? null : staticOwn(own, trunkLength(packed)),
  };
}

function staticOwn(own: OwnRows, trunk: number): OwnLayout {
  const visible = trunk + own.constantLength + own.activeLength;
  const masks = ownMask(own, trunk);
  return {
    prompts: own.prompts,
    constantLength: own.constantLength,
    activeLength: own.activeLength,
    constants: idsOrNone(own.constants),
    rows: ids(own.rows),
    padding: own.padding,
    representatives: ids(own.representatives),
    mask: constant(masks, [masks.length / (own.activeLength * visible), own.activeLength, visible]),
    ends: ids(own.ends),
    endMask: constant(endMask(own, trunk), [own.prompts, 1, visible]),
  };
}

/**
 * A layout for prompts without learned vectors: everything is an input, all rows are active. Symbols:
 * T trunk rows, O own rows, N distinct prompts, S longest own part.
 * @param oneBlock a tower of one block has no use for `ownMask`, so that both sizes are read from `ownRows` instead
 */
export function dynamicLayout(oneBlock = false): TowerLayout {
  const flat = multiplyDims('N', 'S');
  return {
    trunk: {
      constants: null,
      active: 'T',
      rows: input('trunkRows', ['T'], 'int64'),
      mask: input('trunkMask', ['T', 'T']),
    },
    own: {
      prompts: 'N',
      constantLength: 0,
      activeLength: 'S',
      constants: null,
      // Elsewhere no reshape: a device would leave that of whole numbers to the CPU.
      rows: oneBlock
        ? reshape(input('ownRows', ['N', 'S'], 'int64'), [flat])
        : input('ownRows', [flat], 'int64'),
      padding: null,
      representatives: input('representatives', ['O'], 'int64'),
      mask: input('ownMask', [1, 'S', addDims('T', 'S')]),
      ends: input('ends', ['N'], 'int64'),
      endMask: input('endMask', ['N', 1, addDims('T', 'S')]),
    },
  };
}

/**
 * The inputs of `dynamicLayout` for one packing.
 * @throws Error when the packing has constant rows or no own rows
 */
export function layoutFeeds(packed: PackedPrompts, oneBlock = false): Record<string, Feed> {
  const { trunk, own } = packed;
  if (own === null || packed.constants.length > 0)
    throw new Error('a dynamic layout takes prompts whose rows are all active');
  const visible = trunk.active + own.activeLength;
  return {
    trunkRows: { data: trunkRows(packed), shape: [trunk.active] },
    trunkMask: { data: trunkMask(packed), shape: [trunk.active, trunk.active] },
    ownRows: {
      data: own.rows,
      shape: oneBlock ? [own.prompts, own.activeLength] : [own.rows.length],
    },
    representatives: { data: own.representatives, shape: [own.representatives.length] },
    ownMask: { data: ownMask(own, trunk.active), shape: [1, own.activeLength, visible] },
    ends: { data: own.ends, shape: [own.prompts] },
    endMask: { data: endMask(own, trunk.active), shape: [own.prompts, 1, visible] },
  };
}

/** The trunk's are the first of all active rows. */
const trunkRows = ({ trunk }: PackedPrompts) => Int32Array.from({ length: trunk.active }, (_, row) => row);
const trunkLength = ({ trunk }: PackedPrompts) => trunk.constants.length + trunk.active;

/** [active, length]: the i-th active trunk row is the trunk's position length − active + i. */
function trunkMask(packed: PackedPrompts): Float32Array {
  const { active, constants } = packed.trunk;
  const length = trunkLength(packed);
  const mask = new Float32Array(active * length);
  for (let row = 0; row < active; row++)
    mask.fill(MASKED, row * length + constants.length + row + 1, (row + 1) * length);
  return mask;
}

/** [prompts, activeLength, visible], or [1, …] when all prompts have as many constant rows of their own. */
function ownMask(own: OwnRows, trunk: number): Float32Array {
  const { constantLength, activeLength, constantCounts } = own;
  const visible = trunk + constantLength + activeLength;
  const shared = constantCounts.every(constants => constants === constantLength);
  const mask = new Float32Array((shared ? 1 : own.prompts) * activeLength * visible);
  for (let row = 0; row < mask.length / visible; row++) {
    const constants = constantCounts[Math.floor(row / activeLength)]!;
    const seen = { constants, active: (row % activeLength) + 1 };
    maskRow(mask.subarray(row * visible, (row + 1) * visible), trunk, constantLength, seen);
  }
  return mask;
}

/** [prompts, 1, visible]: the EOT sees the whole prompt, not the padding. */
function endMask(own: OwnRows, trunk: number): Float32Array {
  const { constantLength, activeLength, constantCounts, activeCounts } = own;
  const visible = trunk + constantLength + activeLength;
  const mask = new Float32Array(own.prompts * visible);
  for (let prompt = 0; prompt < own.prompts; prompt++) {
    const seen = { constants: constantCounts[prompt]!, active: activeCounts[prompt]! };
    maskRow(mask.subarray(prompt * visible, (prompt + 1) * visible), trunk, constantLength, seen);
  }
  return mask;
}

/** One row of visible positions: the trunk, then constant and active rows, of which the first ones are seen. */
function maskRow(
  row: Float32Array,
  trunk: number,
  constantLength: number,
  seen: { readonly constants: number; readonly active: number },
): void {
  row.fill(MASKED, trunk + seen.constants, trunk + constantLength);
  row.fill(MASKED, trunk + constantLength + seen.active);
}
