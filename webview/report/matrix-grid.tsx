import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Report } from '../../src/shared/contracts/report';
import { count } from '../../src/shared/format/count';
import type { ImageFilter, Matrix } from './image-filter';
import { bringIntoSight, CELL_HEIGHT, CELL_WIDTH, useWindow } from './matrix-window';

/** Shades of a cell, by its share of the row. */
const SHADES = 4;
/** Characters of a row's name before it ends in an ellipsis. */
const NAME_WIDTH = 18;

interface Props {
  readonly report: Report;
  /** Indices of the classes in the order of rows and columns. */
  readonly order: readonly number[];
  readonly matrix: Matrix;
  readonly filter: ImageFilter;
  readonly choose: (filter: ImageFilter, leave: boolean) => void;
}

/** All classes by all classes in a box with headers that stay; only the cells in sight are in the page. */
export function MatrixGrid({ report: { classes, confusion }, order, matrix, filter, choose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [[row, column], setActive] = useState<readonly [number, number]>([0, 0]);
  const moved = useRef(false);
  const size = order.length;
  const { rows, columns } = useWindow(box, size);
  const totals = useMemo(
    () => confusion.learned.map(counts => counts.reduce((sum, value) => sum + value, 0)),
    [confusion],
  );
  useLayoutEffect(() => {
    if (!moved.current) return;
    const cell = box.current!.querySelector<HTMLElement>(`[data-cell="${row} ${column}"]`);
    if (cell === null) return; // Drawn once the box has scrolled.
    moved.current = false;
    cell.focus({ preventScroll: true });
  }, [row, column, rows, columns]);
  const valueAt = (r: number, c: number) => {
    const [before, after] = [confusion.baseline[r]?.[c] ?? 0, confusion.learned[r]?.[c] ?? 0];
    return matrix === 'learned' ? after : matrix === 'baseline' ? before : after - before;
  };
  const pick = (r: number, c: number) => choose({ kind: 'cell', matrix, label: r, answer: c }, false);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = size - 1;
    const page = Math.max(1, Math.floor(box.current!.clientHeight / CELL_HEIGHT) - 2);
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      PageUp: [row - page, column],
      PageDown: [row + page, column],
      Home: [event.ctrlKey ? 0 : row, 0],
      End: [event.ctrlKey ? last : row, last],
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const inside = (at: number) => Math.min(last, Math.max(0, at));
      const [r, c] = [inside(to[0]), inside(to[1])];
      moved.current = true;
      bringIntoSight(box.current!, r, c);
      setActive([r, c]);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      pick(order[row]!, order[column]!);
    }
  };
  const drawn = <T,>([from, to]: readonly [number, number], draw: (index: number, at: number) => T) =>
    order.slice(from, to).map((index, offset) => draw(index, from + offset));
  const chosen = filter.kind === 'cell' && filter.matrix === matrix ? filter : null;
  // The tab stop stays in the page, wherever the box was scrolled to.
  const inside = ([from, to]: readonly [number, number], at: number) => (at >= from && at < to ? at : from);
  const stop = [inside(rows, row), inside(columns, column)] as const;
  const spacer = ([from, to]: readonly [number, number], cell: number) =>
    [from * cell, (size - to) * cell] as const;
  const [above, below] = spacer(rows, CELL_HEIGHT);
  const [before, after] = spacer(columns, CELL_WIDTH);
  const longest = Math.min(NAME_WIDTH, Math.max(6, ...classes.map(name => name.length)));
  return (
    <div class="matrix-box" ref={box}>
      <div style={{ padding: `${above}px ${after}px ${below}px ${before}px` }}>
        <table
          class="matrix"
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: an ARIA grid is a table whose cells act
          role="grid"
          aria-label="Confusion matrix"
          aria-describedby="matrix-note"
          aria-rowcount={size + 1}
          aria-colcount={size + 1}
          onKeyDown={onKeyDown}
        >
          <colgroup>
            <col style={{ width: `calc(${longest}ch + 16px)` }} />
            {drawn(columns, index => (
              <col key={index} style={{ width: `${CELL_WIDTH}px` }} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              <td />
              {drawn(columns, (index, at) => (
                <th scope="col" key={index} title={classes[index]} aria-colindex={at + 2}>
                  <bdi>{classes[index]}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {drawn(rows, (r, atRow) => (
              <tr key={r} aria-rowindex={atRow + 2}>
                <th scope="row" title={classes[r]}>
                  <bdi>{classes[r]}</bdi>
                </th>
                {drawn(columns, (c, atColumn) => {
                  const value = valueAt(r, c);
                  return (
                    // biome-ignore lint/a11y/useKeyWithClickEvents: the table handles the keys of its cells
                    <td
                      key={c}
                      data-cell={`${atRow} ${atColumn}`}
                      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of an ARIA grid
                      role="gridcell"
                      aria-colindex={atColumn + 2}
                      tabIndex={atRow === stop[0] && atColumn === stop[1] ? 0 : -1}
                      aria-selected={chosen !== null && chosen.label === r && chosen.answer === c}
                      class={cellClass(value, totals[r] ?? 0, r === c, matrix)}
                      title={`${classes[r]} taken for ${classes[c]}`}
                      onFocus={() => setActive([atRow, atColumn])}
                      onClick={() => pick(r, c)}
                    >
                      {value === 0 ? <span class="sr">0</span> : cellText(value, matrix)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function cellText(value: number, matrix: Matrix): string {
  if (matrix !== 'difference') return count(value);
  return `${value > 0 ? '+' : '−'}${count(Math.abs(value))}`;
}

/** Green is good and red is bad, also where a difference is negative: fewer errors are green. */
function cellClass(value: number, total: number, diagonal: boolean, matrix: Matrix): string {
  if (value === 0) return 'zero';
  const shade = Math.min(SHADES, Math.ceil((Math.abs(value) / Math.max(1, total)) * SHADES));
  const good = diagonal === (matrix !== 'difference' || value > 0);
  return `${good ? 'good' : 'bad'} shade-${shade}`;
}
