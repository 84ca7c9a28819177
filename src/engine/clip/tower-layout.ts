import { addDims, type Dim } from '../graph/dim';
import type { Node } from '../graph/node';
import { constant, input } from '../graph/operations';
import type { OwnRows, PackedPrompts } from '../prompt/pack-prompts';
import type { Feed } from '../runtime/session';

/** The index tensors of a packing as graph nodes: constants of one run, or inputs that serve every packing. */
export interface TowerLayout {
  readonly trunk: {
    /** int64 [length] key row of each trunk position. */
    readonly keys: Node;
    /** Number of active trunk rows; 0 when the trunk is constant. */
    readonly active: Dim;
    /** int64 [active] active row of each computed trunk position. */
    readonly queries: Node;
    /** [active, length] 0 where a position is seen, MASKED where not. */
    readonly mask: Node;
  };
  readonly own: OwnLayout | null;
}

export interface OwnLayout {
  readonly prompts: Dim;
  readonly keyLength: Dim;
  readonly queryLength: Dim;
  readonly keys: Node;
  readonly keyPadding: Uint8Array | null;
  readonly queries: Node;
  readonly queryPadding: Uint8Array | null;
  readonly representatives: Node;
  /** [prompts or 1, queryLength, trunk length + keyLength] */
  readonly mask: Node;
  readonly ends: Node;
  /** [prompts, 1, trunk length + keyLength] */
  readonly endMask: Node;
}

/** Added to scores of positions that are not seen; exp of it is exactly 0 in float32 and float64. */
const MASKED = -1e9;

const ids = (values: Int32Array) => constant(values, [values.length]);

/** The packing as constants: the graph serves this packing only, and gradients can be built. */
export function staticLayout(packed: PackedPrompts): TowerLayout {
  const { trunk, own } = packed;
  return {
    trunk: {
      keys: ids(trunk.keys),
      active: trunk.active,
      queries: ids(Int32Array.from({ length: trunk.active }, (_, row) => row)),
      mask: constant(trunkMask(packed), [trunk.active, trunk.length]),
    },
    own: own === null ? null : staticOwn(own, trunk.length),
  };
}

function staticOwn(own: OwnRows, trunkLength: number): OwnLayout {
  const visible = trunkLength + own.keyLength;
  const masks = ownMask(own, trunkLength);
  return {
    prompts: own.prompts,
    keyLength: own.keyLength,
    queryLength: own.queryLength,
    keys: ids(own.keys),
    keyPadding: own.keyPadding,
    queries: ids(own.queries),
    queryPadding: own.queryPadding,
    representatives: ids(own.representatives),
    mask: constant(masks, [masks.length / (own.queryLength * visible), own.queryLength, visible]),
    ends: ids(own.ends),
    endMask: constant(endMask(own, trunkLength), [own.prompts, 1, visible]),
  };
}

/**
 * A layout for prompts without learned vectors: everything is an input, all rows are active. Symbols:
 * T trunk rows, O own rows, N distinct prompts, S longest own part.
 */
export function dynamicLayout(): TowerLayout {
  const trunkRows = input('trunkRows', ['T'], 'int64');
  const ownRows = input('ownRows', ['N*S'], 'int64');
  return {
    trunk: { keys: trunkRows, active: 'T', queries: trunkRows, mask: input('trunkMask', ['T', 'T']) },
    own: {
      prompts: 'N',
      keyLength: 'S',
      queryLength: 'S',
      keys: ownRows,
      keyPadding: null,
      queries: ownRows,
      queryPadding: null,
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
export function layoutFeeds(packed: PackedPrompts): Record<string, Feed> {
  const { trunk, own } = packed;
  if (own === null || packed.constants.length > 0)
    throw new Error('a dynamic layout takes prompts whose rows are all active');
  const visible = trunk.length + own.keyLength;
  return {
    trunkRows: { data: trunk.keys, shape: [trunk.length] },
    trunkMask: { data: trunkMask(packed), shape: [trunk.length, trunk.length] },
    ownRows: { data: own.keys, shape: [own.keys.length] },
    representatives: { data: own.representatives, shape: [own.representatives.length] },
    ownMask: { data: ownMask(own, trunk.length), shape: [1, own.keyLength, visible] },
    ends: { data: own.ends, shape: [own.prompts] },
    endMask: { data: endMask(own, trunk.length), shape: [own.prompts, 1, visible] },
  };
}

/** [active, length]: the i-th active trunk row is the trunk's position length − active + i. */
function trunkMask({ trunk }: PackedPrompts): Float32Array {
  const mask = new Float32Array(trunk.active * trunk.length);
  for (let row = 0; row < trunk.active; row++) {
    const seen = trunk.length - trunk.active + row + 1;
    mask.fill(MASKED, row * trunk.length + seen, (row + 1) * trunk.length);
  }
  return mask;
}

/** [prompts, queryLength, visible], or [1, …] when every prompt's first query stands at the same place. */
function ownMask(own: OwnRows, trunkLength: number): Float32Array {
  const shared = own.firstQuery.every(first => first === own.firstQuery[0]);
  const visible = trunkLength + own.keyLength;
  const prompts = shared ? 1 : own.prompts;
  const mask = new Float32Array(prompts * own.queryLength * visible);
  for (let row = 0; row < prompts * own.queryLength; row++) {
    const prompt = Math.floor(row / own.queryLength);
    const seen = Math.min(visible, trunkLength + own.firstQuery[prompt]! + (row % own.queryLength) + 1);
    mask.fill(MASKED, row * visible + seen, (row + 1) * visible);
  }
  return mask;
}

/** [prompts, 1, visible]: the EOT sees the whole prompt, not the padding. */
function endMask(own: OwnRows, trunkLength: number): Float32Array {
  const visible = trunkLength + own.keyLength;
  const mask = new Float32Array(own.prompts * visible);
  own.lengths.forEach((length, prompt) => {
    mask.fill(MASKED, prompt * visible + trunkLength + length, (prompt + 1) * visible);
  });
  return mask;
}
