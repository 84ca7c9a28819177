import { useEffect, useState } from 'preact/hooks';
import { count } from '../../src/shared/format/count';
import type { FlippedImage } from '../../src/shared/report';
import type { ReportProps } from './report';

/** Thumbnails asked for at once. */
const PAGE = 24;

interface Props extends Pick<ReportProps, 'report' | 'thumbnails' | 'send'> {
  readonly title: string;
  readonly flips: readonly FlippedImage[];
}

/** Images whose verdict changed, as pictures; a click opens the file. */
export function FlippedImages({ title, flips, report, thumbnails, send }: Props) {
  const [shown, setShown] = useState(PAGE);
  const visible = flips.slice(0, shown);
  useEffect(() => {
    const paths = visible.map(({ path }) => path).filter(path => thumbnails[path] === undefined);
    if (paths.length > 0) send?.({ type: 'needThumbnails', paths });
  }, [shown]);
  if (flips.length === 0) return null;
  return (
    <section>
      <h2>
        {title}: {count(flips.length)}
      </h2>
      <ul class="images">
        {visible.map(({ path, label, baseline, learned }) => {
          const words = `${report.classes[baseline]} → ${report.classes[learned]}`;
          const source = thumbnails[path];
          return (
            <li key={path}>
              <button
                type="button"
                disabled={send === null}
                title={`${path} (${report.classes[label]})`}
                onClick={() => send?.({ type: 'openImage', path })}
              >
                {source == null ? <span class="blank" /> : <img src={source} alt={path} loading="lazy" />}
                <span class="words">{words}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {shown < flips.length && (
        <button type="button" class="secondary" onClick={() => setShown(shown + PAGE)}>
          Show more ({count(flips.length - shown)} left)
        </button>
      )}
    </section>
  );
}
