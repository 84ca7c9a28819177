import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { count } from '../../src/shared/format/count';
import { useRemembered } from './memory';
import { ScrollBox } from './scroll-box';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What a short title stands for. */
  readonly explains?: string;
  /** What is sorted by; null goes last in either direction. */
  readonly value: (row: Row) => number | string | null;
  readonly cell: (row: Row) => ComponentChildren;
  readonly class?: string;
}

interface Sort {
  readonly column: string;
  readonly direction: 'ascending' | 'descending';
}

interface Props<Row> {
  /** Names the sort in the view's memory. */
  readonly name: string;
  readonly caption: string;
  /** The first one names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly initial?: Sort;
  readonly rowClass?: (row: Row) => string;
  /** Rows drawn before a person asks for all. */
  readonly limit?: number;
}

/** A table whose headers sort it: the other direction at the second press, the given order at the third. */
export function SortableTable<Row>({
  name,
  caption,
  columns,
  rows,
  initial,
  rowClass,
  limit = rows.length,
}: Props<Row>) {
  const [sort, setSort] = useRemembered<Sort | null>(`sort ${name}`, initial ?? null, isSort);
  const [all, setAll] = useState(false);
  const sorted = sortedBy(
    rows,
    sort,
    columns.find(({ id }) => id === sort?.column),
  );
  const shown = all ? sorted : sorted.slice(0, limit);
  const [first, ...others] = columns;
  return (
    <>
      <ScrollBox label={caption}>
        <table>
          <caption class="sr">{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ id, title, explains, class: style, value }) => {
                const direction = sort?.column === id ? sort.direction : undefined;
                return (
                  <th scope="col" key={id} class={style} aria-sort={direction ?? 'none'}>
                    <button
                      type="button"
                      class="sort"
                      title={explains}
                      onClick={() => setSort(nextSort(sort, id, rows.map(value)))}
                    >
                      {title}
                      <span class="arrow" aria-hidden="true">
                        {direction === undefined ? '' : direction === 'ascending' ? '▴' : '▾'}
                      </span>
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map(([row, at]) => (
              <tr key={at} class={rowClass?.(row)}>
                <th scope="row" class={first!.class}>
                  {first!.cell(row)}
                </th>
                {others.map(({ id, cell, class: style }) => (
                  <td key={id} class={style}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {shown.length < rows.length && (
        <button type="button" class="secondary" onClick={() => setAll(true)}>
          Show all {count(rows.length)}
        </button>
      )}
    </>
  );
}

function nextSort(
  sort: Sort | null,
  column: string,
  values: readonly (number | string | null)[],
): Sort | null {
  const first = values.some(value => typeof value === 'string') ? 'ascending' : 'descending';
  if (sort?.column !== column) return { column, direction: first };
  if (sort.direction !== first) return null;
  return { column, direction: first === 'ascending' ? 'descending' : 'ascending' };
}

function sortedBy<Row>(
  rows: readonly Row[],
  sort: Sort | null,
  column: Column<Row> | undefined,
): [Row, number][] {
  const numbered = rows.map((row, at): [Row, number] => [row, at]);
  if (sort === null || column === undefined) return numbered;
  const sign = sort.direction === 'ascending' ? 1 : -1;
  return numbered.sort(([a], [b]) => {
    const [x, y] = [column.value(a), column.value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === 'string' || typeof y === 'string') return sign * String(x).localeCompare(String(y));
    return sign * (x - y);
  });
}

function isSort(value: unknown): value is Sort | null {
  if (value === null) return true;
  if (typeof value !== 'object' || value === null || !('column' in value) || !('direction' in value))
    return false;
  return typeof value.column === 'string' && ['ascending', 'descending'].includes(String(value.direction));
}
