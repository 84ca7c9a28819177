import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Report, TestImage } from '../../src/shared/contracts/report';
import type { FromReport } from '../../src/shared/contracts/webview';
import { linesTaken, measureIn } from './caption-lines';
import { useGridPlace } from './grid-place';
import { Picture } from './picture';
import type { ReportProps } from './report-props';

const CELL_WIDTH = 132;
const GAP = 8;
/** Of a row without its captions: the picture, and what lies around it. */
const PICTURE_HEIGHT = 98;
const LINE_HEIGHT = 15;
/** Longer names end in an ellipsis; their tooltip has them whole. */
const MAX_LINES = 4;
const CAPTION_WIDTH = CELL_WIDTH - 14;
/** Rows of the box; the rest is scrolled. */
const MAX_ROWS = 3;
/** Rows drawn above and below what is seen. */
const MARGIN = 1;
/** Scrolling past asks for nothing. */
const SETTLED_MS = 80;

interface Props extends Pick<ReportProps, 'thumbnails'> {
  readonly report: Pick<Report, 'classes'>;
  readonly send:
    | ((message: Extract<FromReport, { readonly type: 'needThumbnails' | 'openImage' }>) => void)
    | null;
  /** Whose answers stand below a picture. */
  readonly says?: readonly [string, string];
  readonly label: string;
  /** Names what the images were chosen by; another one starts at the top. */
  readonly of: string;
  readonly images: readonly TestImage[];
}

/**
 * Test images as pictures in a box that is scrolled. Only the rows in sight are in the page and only their thumbnails
 * are asked for, so ten thousand images cost what thirty do. One tab stop; arrows move, Enter opens the file.
 */
export function ImageGrid({
  label,
  of,
  images,
  report,
  thumbnails,
  send,
  says = ['baseline', 'learned'],
}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { kept, keep } = useGridPlace(of);
  const [width, setWidth] = useState(CELL_WIDTH);
  const [top, setTop] = useState(kept.top);
  const [active, setActive] = useState(kept.active);
  const [opened, setOpened] = useState(kept.opened);
  const lines = useMemo(() => captionLines(report.classes, images), [report.classes, images]);
  const rowHeight = PICTURE_HEIGHT + (lines.truth + lines.before + lines.after) * LINE_HEIGHT;
  const moved = useRef(false);
  const returned = useRef(kept.opened === null);
  const columns = Math.max(1, Math.floor((width + GAP) / (CELL_WIDTH + GAP)));
  const rows = Math.ceil(images.length / columns);
  const boxRows = Math.min(rows, MAX_ROWS);
  const first = Math.max(0, Math.floor(top / rowHeight) - MARGIN) * columns;
  const end = Math.min(images.length, (Math.ceil(top / rowHeight) + boxRows + MARGIN) * columns);
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
    box.current!.scrollTop = kept.top;
    setTop(box.current!.scrollTop);
    setActive(Math.min(kept.active, images.length - 1));
    setOpened(kept.opened);
  }, [of, columns]);
  useEffect(() => {
    const picture = box.current!.querySelector<HTMLElement>('[aria-current="true"]');
    if (picture === null || returned.current) return;
    // Back from the image: on its picture, once the focus comes back to the page at all.
    const back = () => {
      returned.current = true;
      picture.focus({ preventScroll: true });
    };
    if (document.hasFocus()) back();
    else window.addEventListener('focus', back, { once: true });
    return () => window.removeEventListener('focus', back);
  }, [first, end]);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (top !== kept.top || active !== kept.active) keep({ top, active });
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [of, top, active]);
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
    const lowest = row * rowHeight;
    if (lowest < element.scrollTop) element.scrollTop = lowest;
    else if (lowest + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = lowest + rowHeight - element.clientHeight;
    moved.current = true;
    setTop(element.scrollTop);
    setActive(next);
  };

  const open = (path: string, at: number) => {
    // Kept at once: the image may cover this page, which is then gone.
    keep({ top: box.current!.scrollTop, active: at, opened: path });
    setOpened(path);
    send?.({ type: 'openImage', path });
  };

  return (
    <div
      class="grid"
      ref={box}
      style={{ height: `${boxRows * rowHeight}px` }}
      onScroll={() => setTop(box.current!.scrollTop)}
    >
      <div style={{ height: `${rows * rowHeight}px` }}>
        <ul
          class="images"
          aria-label={label}
          style={{
            transform: `translateY(${(first / columns) * rowHeight}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          }}
          onKeyDown={move}
        >
          {images.slice(first, end).map((image, offset) => {
            const at = first + offset;
            return (
              <li
                key={image.path}
                style={{ height: `${rowHeight}px` }}
                aria-setsize={images.length}
                aria-posinset={at + 1}
              >
                <Picture
                  image={image}
                  classes={report.classes}
                  says={says}
                  source={thumbnails[image.path]}
                  at={at}
                  isTabStop={at === tabStop}
                  onFocus={() => setActive(at)}
                  isOpened={image.path === opened}
                  open={send === null ? null : () => open(image.path, at)}
                />
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

/** The most lines that a name among these images takes, by its place in the caption. */
function captionLines(classes: readonly string[], images: readonly TestImage[]) {
  // Bold is what the truth stands in, and the wider one.
  const measure = measureIn('bold 11px');
  const each = classes.map(name => Math.min(MAX_LINES, linesTaken(name, CAPTION_WIDTH, measure)));
  const answers = classes.map(name => Math.min(MAX_LINES, linesTaken(`→ ${name}`, CAPTION_WIDTH, measure)));
  let [truth, before, after] = [1, 1, 1];
  for (const { label, baseline, learned } of images) {
    truth = Math.max(truth, each[label] ?? 1);
    before = Math.max(before, each[baseline] ?? 1);
    after = Math.max(after, answers[learned] ?? 1);
  }
  return { truth, before, after };
}
