import { usePageScroll } from '../common/page-scroll';
import { Curves } from '../dashboard/curves';
import { MAX_SERIES, seriesOf } from '../dashboard/run-series';
import { type CompareProps, nameOf } from './compare-props';
import { Differences } from './differences';
import { Metrics } from './metrics';

/** Runs beside each other: figures on test images, curves over each other, the images that they answer differently. */
export function Compare({ comparison, thumbnails, send }: CompareProps) {
  usePageScroll();
  const { runs, series } = comparison;
  const drawn = series
    .map((run, at) => ({ ...seriesOf(run), name: nameOf(runs[at]!) }))
    .filter(({ epochs }) => epochs.length > 0)
    .slice(0, MAX_SERIES);
  return (
    <main>
      <h1>Compared runs</h1>
      <Metrics comparison={comparison} send={send} />
      {drawn.length > 0 && <Curves runs={drawn} />}
      <Differences comparison={comparison} thumbnails={thumbnails} send={send} />
    </main>
  );
}
