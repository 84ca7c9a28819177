import { percent } from '../../src/shared/format/percent';
import { Chart, dashes, type Line } from './chart';
import { figuresOf } from './figures';
import type { EpochEvent, RunSeries } from './run-series';

/** Every figure over epochs, several runs overlaid. */
export function Curves({ runs }: { readonly runs: readonly RunSeries[] }) {
  const longest = Math.max(...runs.map(({ epochs }) => epochs.length));
  const x = Array.from({ length: longest }, (_, at) => at + 1);
  const baselines = [...new Set(runs.flatMap(({ baseline }) => (baseline === undefined ? [] : [baseline])))];
  return (
    <section aria-label="Curves">
      <ul class="legend">
        {runs.map(({ name }, at) => (
          <li key={at}>
            <Swatch at={at} /> <bdi>{name}</bdi>
          </li>
        ))}
        {baselines.length > 0 && (
          <li>
            <Swatch at={null} /> baseline{baselines.length > 1 && 's'} {baselines.map(percent).join(', ')}
          </li>
        )}
      </ul>
      <div class="charts">
        {figuresOf(runs).map(({ title, explains, value }, quantity) => {
          const lines = runs.flatMap((run, at) => linesOf(run, value, x.length, at));
          const dashed = quantity === 0 ? baselines : [];
          return (
            <figure key={title}>
              <figcaption title={explains}>{title} by epoch</figcaption>
              <Chart
                label={`${title}. ${lastValues(runs, value)}`}
                x={x}
                lines={[
                  ...lines,
                  ...dashed.map(level => ({ values: x.map(() => level * 100), style: null })),
                ]}
              />
            </figure>
          );
        })}
      </div>
    </section>
  );
}

/** Neighbouring pieces are on two lines in turn, so that nothing joins them. */
function linesOf(
  { epochs, pieces }: RunSeries,
  value: (epoch: EpochEvent) => number | null,
  length: number,
  style: number,
): readonly Line[] {
  return [...new Set(pieces.map(piece => piece % 2))].map(turn => ({
    values: Array.from({ length }, (_, at) => {
      const event = epochs[at];
      return event !== undefined && pieces[at]! % 2 === turn ? value(event) : null;
    }),
    style,
  }));
}

function lastValues(runs: readonly RunSeries[], value: (epoch: EpochEvent) => number | null): string {
  return runs
    .map(({ name, epochs }) => {
      const last = epochs.at(-1);
      const reached = last === undefined ? null : value(last);
      return `${name}: ${reached === null ? 'none' : Number(reached.toPrecision(3))} after epoch ${epochs.length}`;
    })
    .join('; ');
}

function Swatch({ at }: { readonly at: number | null }) {
  return (
    <svg width="24" height="8" aria-hidden="true" class={at === null ? 'series-baseline' : `series-${at}`}>
      <line x1="0" y1="4" x2="24" y2="4" stroke-width="2" stroke-dasharray={dashes(at).join(' ')} />
    </svg>
  );
}
