import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { TestImage } from '../../src/shared/contracts/report';
import type { ReportProps } from './report-props';

const CELL_WIDTH = 112;
const ROW_HEIGHT = 138;
const GAP = 8;
/** Rows of the box; the rest is scrolled. */
const MAX_ROWS = 3;
/** Rows drawn above and below what is seen. */
const MARGIN = 1;
/** Scrolling past asks for nothing. */
const SETTLED_MS = 80;

interface Props extends Pick<ReportProps, 'report' | 'thumbnails' | 'send'> {
  readonly label: string;
  readonly images: readonly TestImage[];
}

/**
 * Test images as pictures in a box that is scrolled. Only the rows in sight are in the page and only their thumbnails
 * are asked for, so ten thousand images cost what thirty do. One tab stop; arrows move, Enter opens the file.
 */
export function ImageGrid({ label, images, report, thumbnails, send }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(CELL_WIDTH);
  const [top, setTop] = useState(0);
  const [active, setActive] = useState(0);
  const moved = useRef(false);
  const columns = Math.max(1, Math.floor((width + GAP) / (CELL_WIDTH + GAP)));
  const rows = Math.ceil(images.length / columns);
  const boxRows = Math.min(rows, MAX_ROWS);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - MARGIN) * columns;
  const end = Math.min(images.length, (Math.ceil(top / ROW_HEIGHT) + boxRows + MARGIN) * columns);
  const tabStop = active >= first && active < end ? active : Math.min(first + columns, images.length - 1);

  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    box.current!.scrollTop = 0;
    setTop(0);
    setActive(0);
  }, [images]);
  useEffect(() => {
    const ask = () => {
      const paths = images.slice(first, end).map(({ path }) => path);
      const missing = paths.filter(path => thumbnails[path] === undefined);
      if (missing.length > 0) send?.({ type: 'needThumbnails', paths: missing });
    };
    const timer = setTimeout(ask, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [images, first, end]);
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    box.current!.querySelector<HTMLElement>(`[data-at="${active}"]`)?.focus({ preventScroll: true });
  }, [active, first, end]);

  const move = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      PageUp: -columns * boxRows,
      PageDown: columns * boxRows,
      Home: -images.length,
      End: images.length,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(images.length - 1, Math.max(0, tabStop + step));
    const row = Math.floor(next / columns);
    const element = box.current!;
    const lowest = row * ROW_HEIGHT;
    if (lowest < element.scrollTop) element.scrollTop = lowest;
    else if (lowest + ROW_HEIGHT > element.scrollTop + element.clientHeight)
      element.scrollTop = lowest + ROW_HEIGHT - element.clientHeight;
    moved.current = true;
    setTop(element.scrollTop);
    setActive(next);
  };

  return (
    <div
      class="grid"
      ref={box}
      style={{ height: `${boxRows * ROW_HEIGHT}px` }}
      onScroll={() => setTop(box.current!.scrollTop)}
    >
      <div style={{ height: `${rows * ROW_HEIGHT}px` }}>
        <ul
          class="images"
          aria-label={label}
          style={{
            transform: `translateY(${(first / columns) * ROW_HEIGHT}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          }}
          onKeyDown={move}
        >
          {images.slice(first, end).map((image, offset) => {
            const at = first + offset;
            return (
              <li key={image.path} aria-setsize={images.length} aria-posinset={at + 1}>
                <Picture
                  image={image}
                  classes={report.classes}
                  source={thumbnails[image.path]}
                  at={at}
                  isTabStop={at === tabStop}
                  onFocus={() => setActive(at)}
                  open={send === null ? null : () => send({ type: 'openImage', path: image.path })}
                />
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

interface PictureProps {
  readonly image: TestImage;
  readonly classes: readonly string[];
  /** Undefined while it is awaited; null where there is none. */
  readonly source: string | null | undefined;
  readonly at: number;
  readonly isTabStop: boolean;
  readonly onFocus: () => void;
  readonly open: (() => void) | null;
}

function Picture({ image, classes, source, at, isTabStop, onFocus, open }: PictureProps) {
  const [truth, before, after] = [image.label, image.baseline, image.learned].map(index => classes[index]);
  return (
    <button
      type="button"
      data-at={at}
      tabIndex={isTabStop ? 0 : -1}
      aria-disabled={open === null}
      title={`${image.path}\n${truth}: baseline says ${before}, learned says ${after}`}
      onFocus={onFocus}
      onClick={() => open?.()}
    >
      {source == null ? (
        <span class="blank">{source === null ? 'no picture' : ''}</span>
      ) : (
        <img src={source} alt="" draggable={false} />
      )}
      <span class="sr">{image.path}: </span>
      <bdi class="truth">{truth}</bdi>
      <span class="words">
        <span class="sr">, baseline: </span>
        <bdi>{before}</bdi> <span aria-hidden="true">→</span>
        <span class="sr">, learned: </span> <bdi>{after}</bdi>
      </span>
    </button>
  );
}
