import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';

/** Where a view keeps what a person chose in it. Values come back as JSON, perhaps from another version. */
export interface Memory {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
}

const forgetful: Memory = { get: () => undefined, set: () => undefined };

export const MemoryContext = createContext<Memory>(forgetful);

/**
 * State that outlives hide, show and reload.
 * @param isValid decides whether a remembered value is still of this shape; else `initial` counts
 */
export function useRemembered<T>(
  name: string,
  initial: T,
  isValid: (value: unknown) => value is T,
): [T, (value: T) => void] {
  const memory = useContext(MemoryContext);
  const [value, setValue] = useState<T>(() => {
    const kept = memory.get(name);
    return isValid(kept) ? kept : initial;
  });
  return [
    value,
    next => {
      memory.set(name, next);
      setValue(() => next);
    },
  ];
}

/** For values that are one of a few words. */
export function oneOf<T extends string>(words: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => words.some(word => word === value);
}
