import { useLayoutEffect, useState } from 'preact/hooks';

/** Of the cells' height and width; the style sheet uses the same. */
export const CELL_HEIGHT = 24;
export const CELL_WIDTH = 40;
/** Cells drawn beyond the edges of what is seen. */
const MARGIN = 4;

export interface Window {
  /** Indices [from, to) of the rows and columns that are drawn. */
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

/** Which cells of a square table lie in sight of the box that scrolls it, so that a thousand classes cost what thirty do. */
export function useWindow(box: { readonly current: HTMLElement | null }, size: number): Window {
  const [window, setWindow] = useState<Window>({
    rows: [0, Math.min(size, 30)],
    columns: [0, Math.min(size, 30)],
  });
  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => {
      const range = (scrolled: number, seen: number, cell: number): readonly [number, number] => {
        const from = Math.max(0, Math.floor(scrolled / cell) - MARGIN);
        return [Math.min(from, size), Math.min(size, Math.ceil((scrolled + seen) / cell) + MARGIN)];
      };
      const { scrollTop, scrollLeft, clientHeight, clientWidth } = element;
      const rows = range(scrollTop, clientHeight, CELL_HEIGHT);
      const columns = range(scrollLeft, clientWidth, CELL_WIDTH);
      setWindow(before =>
        before.rows.join() === rows.join() && before.columns.join() === columns.join()
          ? before
          : { rows, columns },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [size]);
  return window;
}

/** Scrolls a box so that a cell is in sight, clear of the headers that stay. */
export function bringIntoSight(element: HTMLElement, row: number, column: number): void {
  const table = element.querySelector('table')!;
  const head = table.tHead!.offsetHeight;
  const side = table.querySelector<HTMLElement>('tbody th')?.offsetWidth ?? 0;
  const within = (scrolled: number, start: number, size: number, seen: number) =>
    start < scrolled ? start : start + size > scrolled + seen ? start + size - seen : scrolled;
  element.scrollTop = within(element.scrollTop, row * CELL_HEIGHT, CELL_HEIGHT, element.clientHeight - head);
  element.scrollLeft = within(
    element.scrollLeft,
    column * CELL_WIDTH,
    CELL_WIDTH,
    element.clientWidth - side,
  );
}
