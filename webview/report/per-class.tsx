import type { ClassResult } from '../../src/shared/contracts/report';
import { percent } from '../../src/shared/format/percent';
import { points } from '../../src/shared/format/points';
import { type Column, SortableTable } from '../common/sortable-table';

/** Rows drawn at once; a data set may have thousands of classes. */
const LIMIT = 40;

const change = ({ baseline, learned }: ClassResult) => learned - baseline;

const COLUMNS: readonly Column<ClassResult>[] = [
  { id: 'class', title: 'Class', class: 'name', value: row => row.name, cell: row => <bdi>{row.name}</bdi> },
  {
    id: 'change',
    title: 'Change',
    value: change,
    cell: row => (
      <span class="change">
        <meter
          min={0}
          max={1}
          value={Math.abs(change(row))}
          class={change(row) < 0 ? 'loss' : 'gain'}
          aria-hidden="true"
        />
        {points(change(row))}
      </span>
    ),
  },
  { id: 'baseline', title: 'Baseline', value: row => row.baseline, cell: row => percent(row.baseline) },
  { id: 'learned', title: 'Learned', value: row => row.learned, cell: row => percent(row.learned) },
  { id: 'n', title: 'n', explains: 'Test images of the class', value: row => row.n, cell: row => row.n },
];

/** Accuracy of every class before and after, the greatest gain first. */
export function PerClass({ classes }: { readonly classes: readonly ClassResult[] }) {
  return (
    <section>
      <h2>Classes</h2>
      <SortableTable
        name="classes"
        caption="Accuracy by class"
        columns={COLUMNS}
        rows={classes.filter(({ n }) => n > 0)}
        initial={{ column: 'change', direction: 'descending' }}
        limit={LIMIT}
      />
    </section>
  );
}
