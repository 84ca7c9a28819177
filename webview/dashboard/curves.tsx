import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { percent } from '../../src/shared/format/percent';
import type { RunEvent } from '../../src/shared/run';

export type EpochEvent = Extract<RunEvent, { readonly type: 'epoch' }>;

const HEIGHT = 150;
const DASHES = [6, 4];

interface CurvesProps {
  readonly epochs: readonly EpochEvent[];
  /** Dev accuracy of the baseline, drawn as a dashed line. */
  readonly baseline: number | undefined;
  readonly hidden: boolean;
}

/** Dev accuracy with the baseline, and training loss, over epochs. Redrawn when the theme changes. */
export function Curves({ epochs, baseline, hidden }: CurvesProps) {
  const last = epochs.at(-1)!;
  const summary = `Epoch ${last.epoch}: loss ${last.loss.toFixed(3)}${last.devAccuracy === undefined ? '' : `, dev accuracy ${percent(last.devAccuracy)}`}`;
  const x = epochs.map((_, at) => at + 1);
  const accuracy = epochs.map(({ devAccuracy }) => (devAccuracy === undefined ? null : devAccuracy * 100));
  const dashed = epochs.map(() => (baseline === undefined ? null : baseline * 100));
  return (
    <figure role="img" aria-label={`Curves. ${summary}`} hidden={hidden}>
      <Chart
        data={[x, accuracy, dashed]}
        series={[
          { label: 'dev accuracy %', stroke: '--vscode-charts-blue' },
          { label: 'baseline', stroke: '--vscode-charts-orange', dash: DASHES },
        ]}
      />
      <Chart
        data={[x, epochs.map(({ loss }) => loss)]}
        series={[{ label: 'loss', stroke: '--vscode-charts-green' }]}
      />
    </figure>
  );
}

interface ChartProps {
  readonly data: uPlot.AlignedData;
  readonly series: readonly { readonly label: string; readonly stroke: string; readonly dash?: number[] }[];
}

function Chart({ data, series }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  // What a redraw draws: the data of now, not of when the chart was made.
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current!;
    const draw = () => {
      chart.current?.destroy();
      const colour = (name: string) =>
        getComputedStyle(document.body).getPropertyValue(name).trim() || 'currentColor';
      const axis = {
        stroke: colour('--vscode-descriptionForeground'),
        grid: { stroke: colour('--vscode-editorWidget-border'), width: 1 },
        ticks: { show: false },
      };
      chart.current = new uPlot(
        {
          width: Math.max(160, element.clientWidth),
          height: HEIGHT,
          cursor: { show: false },
          legend: { live: false },
          scales: { x: { time: false } },
          axes: [
            { ...axis, size: 26 },
            { ...axis, size: 42 },
          ],
          series: [
            { label: 'epoch' },
            ...series.map(({ label, stroke, dash }) => ({
              label,
              stroke: colour(stroke),
              width: 1.5,
              ...(dash === undefined ? {} : { dash }),
              points: { show: false },
            })),
          ],
        },
        latest.current,
        element,
      );
    };
    draw();
    const theme = new MutationObserver(draw);
    theme.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    const size = new ResizeObserver(() =>
      chart.current?.setSize({ width: Math.max(160, element.clientWidth), height: HEIGHT }),
    );
    size.observe(element);
    return () => {
      theme.disconnect();
      size.disconnect();
      chart.current?.destroy();
    };
  }, []);
  useEffect(() => chart.current?.setData(data), [data]);
  return <div ref={place} />;
}
