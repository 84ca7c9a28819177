import type { TestImage } from '../../src/shared/contracts/report';

interface PictureProps {
  readonly image: TestImage;
  readonly classes: readonly string[];
  /** Whose answers they are. */
  readonly says: readonly [string, string];
  /** Undefined while it is awaited; null where there is none. */
  readonly source: string | null | undefined;
  readonly at: number;
  readonly isTabStop: boolean;
  /** Opened last. */
  readonly isOpened: boolean;
  readonly onFocus: () => void;
  readonly open: (() => void) | null;
}

/** One test image: its picture, its class, and what both prompts say. */
export function Picture({
  image,
  classes,
  says,
  source,
  at,
  isTabStop,
  isOpened,
  onFocus,
  open,
}: PictureProps) {
  const [truth, before, after] = [image.label, image.baseline, image.learned].map(index => classes[index]);
  return (
    <button
      type="button"
      data-at={at}
      tabIndex={isTabStop ? 0 : -1}
      aria-current={isOpened ? 'true' : undefined}
      aria-disabled={open === null}
      title={`${image.path}\n${truth}: ${says[0]} says ${before}, ${says[1]} says ${after}`}
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
      <span class="sr">, {says[0]}: </span>
      <bdi class="answer before">{before}</bdi>
      <span class="answer">
        <span aria-hidden="true">→</span>
        <span class="sr">, {says[1]}: </span> <bdi>{after}</bdi>
      </span>
    </button>
  );
}
