import { useMemo } from 'preact/hooks';
import { count } from '../../src/shared/format/count';
import { useRemembered } from '../common/memory';
import { ImageGrid } from '../report/image-grid';
import { type CompareProps, nameOf } from './compare-props';

/** The images that one run answers rightly and the first does not, and the other way round. */
export function Differences({ comparison, thumbnails, send }: CompareProps) {
  const { runs, images, classes } = comparison;
  const [chosen, choose] = useRemembered<number>(
    'run',
    1,
    (value): value is number => Number.isInteger(value) && Number(value) > 0 && Number(value) < runs.length,
  );
  const [gained, setGained] = useRemembered('gained', true, value => typeof value === 'boolean');
  const shown = useMemo(
    () =>
      (images ?? [])
        .map(({ path, label, answers }) => ({
          path,
          label,
          baseline: answers[0]!,
          learned: answers[chosen]!,
        }))
        .filter(({ label, baseline, learned }) =>
          gained ? learned === label && baseline !== label : learned !== label && baseline === label,
        ),
    [images, chosen, gained],
  );
  const [first] = runs;
  if (images === null)
    return (
      <p class="note">The runs were tested on different images, so their answers are not set side by side.</p>
    );
  const label = gained ? 'Right by this run alone' : `Right by ${first!.name} alone`;
  return (
    <section>
      <h2>
        Images: {label} <span class="count">({count(shown.length)})</span>
      </h2>
      <fieldset class="choices">
        <legend class="sr">Run whose answers are set beside those of the first</legend>
        {runs.map(
          (run, at) =>
            at > 0 && (
              <label key={at}>
                <input type="radio" name="run" checked={chosen === at} onChange={() => choose(at)} />
                <bdi>{nameOf(run)}</bdi>
              </label>
            ),
        )}
      </fieldset>
      <fieldset class="choices">
        <legend class="sr">Images shown</legend>
        {[true, false].map(value => (
          <label key={String(value)}>
            <input type="radio" name="gained" checked={gained === value} onChange={() => setGained(value)} />
            {value ? 'right by this run alone' : 'right by the first run alone'}
          </label>
        ))}
      </fieldset>
      {shown.length === 0 ? (
        <p class="note">No test image is {gained ? 'right by this run' : `right by ${first!.name}`} alone.</p>
      ) : (
        <ImageGrid
          label={label}
          of={`${chosen} ${gained}`}
          images={shown}
          report={{ classes }}
          says={['the first run', 'this run']}
          thumbnails={thumbnails}
          send={send}
        />
      )}
    </section>
  );
}
