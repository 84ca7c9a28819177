/** The classes of a dataset, by label. */
export interface ClassList {
  /** As they stand in prompts: `_` turned into blanks. */
  readonly names: readonly string[];
  /** Further columns of the classes file: name → one value per class. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

/** The column values of one class. */
export function columnsOf({ columns }: ClassList, label: number): Map<string, string> {
  return new Map([...columns].map(([name, values]) => [name, values[label] ?? '']));
}
