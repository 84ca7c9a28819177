import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Report } from '../../src/shared/contracts/report';
import { count } from '../../src/shared/format/count';
import { oneOf, useRemembered } from '../common/memory';
import { type ImageFilter, MATRICES, type Matrix } from './image-filter';

/** A larger matrix shows the classes that are confused most. */
const MAX_CLASSES = 30;
const PAIRS = 10;
/** Shades of a wrong cell, by its share of the row. */
const SHADES = 4;

interface Props {
  readonly report: Report;
  readonly filter: ImageFilter;
  /** Shows a cell's images; `leave` is true when the person asked for the images rather than for the cell. */
  readonly choose: (filter: ImageFilter, leave: boolean) => void;
}

/** Counts on test images, rows the true class; every cell filters the images. */
export function ConfusionTable({ report, filter, choose }: Props) {
  const { classes, confusion } = report;
  const [matrix, setMatrix] = useRemembered<Matrix>('matrix', 'learned', oneOf(MATRICES));
  const shown = classesShown(report);
  const pairs = confusion.learned
    .flatMap((row, r) => row.map((value, c) => ({ r, c, value, before: confusion.baseline[r]?.[c] ?? 0 })))
    .filter(({ r, c, value }) => r !== c && value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, PAIRS);
  return (
    <section>
      <h2>Confusions</h2>
      {pairs.length === 0 ? (
        <p class="note">The learned prompt confuses no two classes.</p>
      ) : (
        <ul class="pairs">
          {pairs.map(({ r, c, value, before }) => (
            <li key={`${r} ${c}`}>
              <button
                type="button"
                class="link"
                onClick={() => choose({ kind: 'cell', matrix: 'learned', label: r, answer: c }, true)}
              >
                <bdi>{classes[r]}</bdi> taken for <bdi>{classes[c]}</bdi>
              </button>
              : {count(value)} <span class="note">(baseline {count(before)})</span>
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
      </fieldset>
      <p class="note" id="matrix-note">
        {shown.length < classes.length &&
          `The ${shown.length} of ${count(classes.length)} classes with most errors. `}
        Rows: true class; columns: answer. A cell shows its images below; arrow keys move, Enter shows them.
      </p>
      <MatrixGrid report={report} shown={shown} matrix={matrix} filter={filter} choose={choose} />
    </section>
  );
}

/** Indices of the classes of the matrix, in their order. */
function classesShown({ classes, confusion }: Report): number[] {
  const indices = classes.map((_, index) => index);
  if (classes.length <= MAX_CLASSES) return indices;
  const errors = indices.map(() => 0);
  for (const counts of [confusion.learned, confusion.baseline])
    for (const [r, row] of counts.entries())
      for (const [c, value] of row.entries()) {
        if (r === c) continue;
        errors[r]! += value;
        errors[c]! += value;
      }
  return indices
    .toSorted((a, b) => errors[b]! - errors[a]!)
    .slice(0, MAX_CLASSES)
    .sort((a, b) => a - b);
}

interface GridProps extends Props {
  readonly shown: readonly number[];
  readonly matrix: Matrix;
}

function MatrixGrid({ report: { classes, confusion }, shown, matrix, filter, choose }: GridProps) {
  const table = useRef<HTMLTableElement>(null);
  const [[row, column], setActive] = useState<readonly [number, number]>([0, 0]);
  const moved = useRef(false);
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    table.current!.querySelector<HTMLElement>('td[tabindex="0"]')?.focus();
  }, [row, column]);
  const valueAt = (r: number, c: number) => {
    const [before, after] = [confusion.baseline[r]?.[c] ?? 0, confusion.learned[r]?.[c] ?? 0];
    return matrix === 'learned' ? after : matrix === 'baseline' ? before : after - before;
  };
  const pick = (r: number, c: number) => choose({ kind: 'cell', matrix, label: r, answer: c }, false);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = shown.length - 1;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [event.ctrlKey ? 0 : row, 0],
      End: [event.ctrlKey ? last : row, last],
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const inside = (at: number) => Math.min(last, Math.max(0, at));
      moved.current = true;
      setActive([inside(to[0]), inside(to[1])]);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      pick(shown[row]!, shown[column]!);
    }
  };
  return (
    <div class="scroll">
      <table
        class="matrix"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: an ARIA grid is a table whose cells act
        role="grid"
        ref={table}
        aria-label="Confusion matrix"
        aria-describedby="matrix-note"
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr>
            <td />
            {shown.map(c => (
              <th scope="col" key={c} title={classes[c]}>
                <bdi>{classes[c]}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((r, atRow) => {
            const total = (confusion.learned[r] ?? []).reduce((sum, value) => sum + value, 0);
            return (
              <tr key={r}>
                <th scope="row" title={classes[r]}>
                  <bdi>{classes[r]}</bdi>
                </th>
                {shown.map((c, atColumn) => {
                  const value = valueAt(r, c);
                  const {
                    matrix: chosen,
                    label,
                    answer,
                  } = filter.kind === 'cell' ? filter : { matrix: null, label: -1, answer: -1 };
                  return (
                    // biome-ignore lint/a11y/useKeyWithClickEvents: the table handles the keys of its cells
                    <td
                      key={c}
                      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of an ARIA grid
                      role="gridcell"
                      tabIndex={atRow === row && atColumn === column ? 0 : -1}
                      aria-selected={chosen === matrix && label === r && answer === c}
                      class={cellClass(value, total, r === c, matrix)}
                      onFocus={() => setActive([atRow, atColumn])}
                      onClick={() => pick(r, c)}
                    >
                      {matrix === 'difference' && value !== 0
                        ? `${value > 0 ? '+' : '−'}${count(Math.abs(value))}`
                        : count(value)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Green is good and red is bad, also where a difference is negative: fewer errors are green. */
function cellClass(value: number, total: number, diagonal: boolean, matrix: Matrix): string {
  if (value === 0) return 'zero';
  const shade = Math.min(SHADES, Math.ceil((Math.abs(value) / Math.max(1, total)) * SHADES));
  const good = diagonal === (matrix !== 'difference' || value > 0);
  return `${good ? 'good' : 'bad'} shade-${shade}`;
}
