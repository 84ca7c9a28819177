import type { ConstantData, Node, NodeOf } from './node';
import { constant } from './operations';

/** Where the gradient of rows that were taken is to be found among the gradients of all that was taken, as indices. */
export interface TakePlaces {
  /** Rows at the beginning that were taken equally often; the places of each, row by row for every time. */
  readonly often: { readonly rows: number; readonly times: number; readonly places: Node } | null;
  /** The first place of each other row; null where there is none. */
  readonly first: Node | null;
  /** Further places of these rows, counted from the first of them. */
  readonly later: { readonly rows: Node; readonly places: Node } | null;
  /** A row that nothing took points behind the last place. */
  readonly untaken: boolean;
}

/** Fewer times are added by index. */
const OFTEN = 3;

/** Layers take by the same indices: their gradients share theirs, too. */
const known = new WeakMap<Node, Map<string, TakePlaces>>();

/**
 * @param rows that were taken from
 * @throws Error when an index is not a constant
 */
export function takePlaces(rows: number, takes: readonly NodeOf<'take'>[]): TakePlaces {
  const index = takes[0]!.inputs[1]!;
  const ofIndex = known.get(index) ?? new Map<string, TakePlaces>();
  known.set(index, ofIndex);
  const key = `${rows} ${takes.map(({ inputs, attributes }) => `${inputs[1]!.id}:${paddingId(attributes.padding)}`).join()}`;
  const found = ofIndex.get(key) ?? placesAmong(rows, takes);
  ofIndex.set(key, found);
  return found;
}

const paddingIds = new WeakMap<Uint8Array, number>();
let paddings = 0;
function paddingId(padding: Uint8Array | null): number {
  if (padding === null) return -1;
  const id = paddingIds.get(padding) ?? paddings++;
  paddingIds.set(padding, id);
  return id;
}

function placesAmong(rows: number, takes: readonly NodeOf<'take'>[]): TakePlaces {
  const placesOf = Array.from({ length: rows }, (): number[] => []);
  let count = 0;
  for (const take of takes) {
    const index = indexOf(take);
    const { padding } = take.attributes;
    for (const [i, row] of index.entries()) if (!padding?.[i]) placesOf[row]!.push(count + i);
    count += index.length;
  }
  const often = equallyOften(placesOf);
  const others = placesOf.slice(often);
  const times = placesOf[0]?.length ?? 0;
  const everyTime = Array.from({ length: times }, (_, time) =>
    placesOf.slice(0, often).map(places => places[time]!),
  );
  const later = others.flatMap((places, row) => places.slice(1).map(place => ({ row, place })));
  return {
    often: often === 0 ? null : { rows: often, times, places: ids(everyTime.flat()) },
    first: others.length === 0 ? null : ids(others.map(places => places[0] ?? count)),
    later:
      later.length === 0
        ? null
        : { rows: ids(later.map(({ row }) => row)), places: ids(later.map(({ place }) => place)) },
    untaken: others.some(({ length }) => length === 0),
  };
}

const ids = (values: readonly number[]) => constant(Int32Array.from(values), [values.length]);

/** @throws Error when it is not a constant */
export function indexOf(take: NodeOf<'take'>): ConstantData {
  const index = take.inputs[1]!;
  if (index.op !== 'constant') throw new Error('the gradient of take needs a constant index');
  return index.attributes.data;
}

/** How many rows, from the first one on, were taken as often as that, if often. */
function equallyOften(placesOf: readonly (readonly number[])[]): number {
  const count = placesOf[0]?.length ?? 0;
  if (count < OFTEN) return 0;
  const end = placesOf.findIndex(({ length }) => length !== count);
  return end < 0 ? placesOf.length : end;
}
