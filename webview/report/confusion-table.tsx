import { useMemo } from 'preact/hooks';
import type { Report } from '../../src/shared/contracts/report';
import { count } from '../../src/shared/format/count';
import { oneOf, useRemembered } from '../common/memory';
import { byErrors, confusedPairs } from './confusion-order';
import { type ImageFilter, MATRICES, type Matrix } from './image-filter';
import { MatrixGrid } from './matrix-grid';

/** A larger matrix begins with the classes that are confused most. */
const MANY_CLASSES = 30;
const PAIRS = 10;

interface Props {
  readonly report: Report;
  readonly filter: ImageFilter;
  /** Shows a cell's images; `leave` is true when the person asked for the images rather than for the cell. */
  readonly choose: (filter: ImageFilter, leave: boolean) => void;
}

/** Counts on test images, rows the true class; every cell filters the images. */
export function ConfusionTable({ report, filter, choose }: Props) {
  const { classes } = report;
  const [matrix, setMatrix] = useRemembered<Matrix>('matrix', 'learned', oneOf(MATRICES));
  const [sorted, setSorted] = useRemembered('matrix by errors', true, value => typeof value === 'boolean');
  const many = classes.length > MANY_CLASSES;
  const pairs = useMemo(() => confusedPairs(report, PAIRS), [report]);
  const order = useMemo(
    () => (many && sorted ? byErrors(report) : classes.map((_, index) => index)),
    [report, many, sorted],
  );
  return (
    <section>
      <h2>Confusions</h2>
      {pairs.length === 0 ? (
        <p class="note">The learned prompt confuses no two classes.</p>
      ) : (
        <ul class="pairs">
          {pairs.map(({ label, answer, learned, baseline }) => (
            <li key={`${label} ${answer}`}>
              <button
                type="button"
                class="link"
                onClick={() => choose({ kind: 'cell', matrix: 'learned', label, answer }, true)}
              >
                <bdi>{classes[label]}</bdi> taken for <bdi>{classes[answer]}</bdi>
              </button>
              : {count(learned)} <span class="note">(baseline {count(baseline)})</span>
            </li>
          ))}
        </ul>
      )}
      <fieldset class="choices">
        <legend class="sr">What the matrix shows</legend>
        {MATRICES.map(name => (
          <label key={name}>
            <input type="radio" name="matrix" checked={matrix === name} onChange={() => setMatrix(name)} />
            {name}
          </label>
        ))}
        {many && (
          <label>
            <input type="checkbox" checked={sorted} onChange={() => setSorted(!sorted)} />
            classes with most errors first
          </label>
        )}
      </fieldset>
      <p class="note" id="matrix-note">
        Rows: true class; columns: answer. A cell shows its images below; arrow keys move, Enter shows them.
      </p>
      <MatrixGrid report={report} order={order} matrix={matrix} filter={filter} choose={choose} />
    </section>
  );
}
