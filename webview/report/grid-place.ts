import { useContext, useRef } from 'preact/hooks';
import { MemoryContext } from '../common/memory';

/** Where a person is in a grid of images. */
export interface GridPlace {
  /** Pixels scrolled. */
  readonly top: number;
  /** Index of the picture that the keyboard is on. */
  readonly active: number;
  /** Path of the image that was opened last. */
  readonly opened: string | null;
}

const START: GridPlace = { top: 0, active: 0, opened: null };
const NAME = 'grid';

/**
 * The place in the images of one filter, kept while another editor covers the report.
 * @param of names the filter
 */
export function useGridPlace(of: string): {
  readonly kept: GridPlace;
  readonly keep: (change: Partial<GridPlace>) => void;
} {
  const memory = useContext(MemoryContext);
  const place = useRef<{ readonly of: string; readonly at: GridPlace } | null>(null);
  if (place.current?.of !== of) {
    const value = memory.get(NAME);
    place.current = { of, at: isPlaceOf(value, of) ? value.at : START };
  }
  const keep = (change: Partial<GridPlace>) => {
    place.current = { of, at: { ...place.current!.at, ...change } };
    memory.set(NAME, place.current);
  };
  return { kept: place.current.at, keep };
}

function isPlaceOf(value: unknown, of: string): value is { readonly at: GridPlace } {
  if (typeof value !== 'object' || value === null || !('of' in value && 'at' in value)) return false;
  const { at } = value;
  if (value.of !== of || typeof at !== 'object' || at === null) return false;
  const { top, active, opened } = at as Partial<Record<keyof GridPlace, unknown>>;
  return (
    typeof top === 'number' && Number.isInteger(active) && (opened === null || typeof opened === 'string')
  );
}
