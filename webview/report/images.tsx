import type { Ref } from 'preact';
import { useMemo } from 'preact/hooks';
import { count, counted } from '../../src/shared/format/count';
import { type Outcome, outcomeOf } from '../../src/shared/verdicts/outcome';
import { filterImages, filterTitle, type ImageFilter, OUTCOMES } from './image-filter';
import { ImageGrid } from './image-grid';
import type { ReportProps } from './report-props';

interface Props extends Pick<ReportProps, 'report' | 'thumbnails' | 'send' | 'testImages'> {
  readonly filter: ImageFilter;
  readonly setFilter: (filter: ImageFilter) => void;
  /** Takes the focus when another part of the page chooses the filter. */
  readonly heading: Ref<HTMLHeadingElement>;
}

/** The test images of one outcome or of one cell of the matrix. */
export function Images({ report, thumbnails, send, testImages, filter, setFilter, heading }: Props) {
  const { images } = report;
  const counts = useMemo(() => {
    const found: Record<Outcome, number> = { fixed: 0, broken: 0, wrong: 0, right: 0 };
    for (const image of images) found[outcomeOf(image)] += 1;
    return found;
  }, [images]);
  const shown = useMemo(() => filterImages(images, filter), [images, filter]);
  const pictures =
    send === null ? images.filter(({ path }) => thumbnails[path] != null).length : images.length;
  const title = filterTitle(filter, report);
  return (
    <section>
      <h2 tabIndex={-1} ref={heading}>
        Images: {title} <span class="count">({count(shown.length)})</span>
      </h2>
      <fieldset class="choices">
        <legend class="sr">Images shown</legend>
        {(Object.keys(OUTCOMES) as Outcome[]).map(outcome => (
          <label key={outcome}>
            <input
              type="radio"
              name="images"
              checked={filter.kind === 'outcome' && filter.outcome === outcome}
              onChange={() => setFilter({ kind: 'outcome', outcome })}
            />
            {OUTCOMES[outcome]} ({count(counts[outcome])})
          </label>
        ))}
      </fieldset>
      <p class="sr" role="status">
        {counted(shown.length, 'image')}: {title}
      </p>
      {pictures < testImages && (
        <p class="note">
          To stay small, this file holds{' '}
          {images.length < testImages && `${count(images.length)} of ${count(testImages)} test images and `}
          {count(pictures)} of {count(testImages)} pictures. The figures above and below are of all images.
        </p>
      )}
      {shown.length === 0 ? (
        <p class="note">No test image is {filter.kind === 'cell' ? 'in this cell' : title.toLowerCase()}.</p>
      ) : (
        <ImageGrid
          label={title}
          of={JSON.stringify(filter)}
          images={shown}
          report={report}
          thumbnails={thumbnails}
          send={send}
        />
      )}
    </section>
  );
}
