import type { ResultTable } from '../../src/shared/contracts/result-table';
import { plain, UNIT } from '../../src/shared/format/accuracy-value';
import { percentRange } from '../../src/shared/format/percent';
import { type Column, SortableTable } from '../common/sortable-table';

type Row = ResultTable['rows'][number];

/** The table of an experiment: rows of ways to answer, columns of image sets, the best of each column bold. */
export function Results({ table }: { readonly table: ResultTable }) {
  const { head, columns, rows, best } = table;
  const labels = head.map(
    (title, at): Column<Row> => ({
      id: `head ${at}`,
      title,
      ...(at === 0 ? { class: 'prompt' } : {}),
      value: row => sorted(row.labels[at]),
      cell: row => <bdi>{row.labels[at]}</bdi>,
    }),
  );
  const numbers = columns.map(
    (title, at): Column<Row> => ({
      id: `column ${at}`,
      title,
      value: row => row.values[at]?.mean ?? null,
      cell: row => {
        const value = row.values[at] ?? null;
        if (value === null) return '–';
        const [low, high] = value.interval ?? [];
        const range =
          low === undefined || high === undefined ? undefined : `95 %: ${percentRange(low, high)}`;
        const shown = plain(value);
        return <span title={range}>{best[at] === rows.indexOf(row) ? <b>{shown}</b> : shown}</span>;
      },
    }),
  );
  return (
    <section class="results">
      <h2>Table</h2>
      <p class="note">{UNIT}. The best of a column is bold; point at a number for its 95 % interval.</p>
      <SortableTable name="results" caption="Results" columns={[...labels, ...numbers]} rows={rows} />
    </section>
  );
}

/** `16 shots` by its number, `–` last. */
function sorted(label = ''): number | string | null {
  if (label === '–') return null;
  return /^\d+ shots?$/.test(label) ? Number.parseInt(label, 10) : label;
}
