import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const HEIGHT = 130;
const MIN_WIDTH = 160;
const COLOURS = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'];
const PATTERNS: readonly number[][] = [[], [8, 3], [2, 3], [10, 3, 2, 3], [5, 5], [1, 4]];

/** Lines differ in their dashes too, never in colour alone. */
export function dashes(style: number | null): number[] {
  return style === null ? [4, 4] : (PATTERNS[style] ?? []);
}

export interface Line {
  readonly values: readonly (number | null)[];
  /** Number of the run, or null for a baseline. */
  readonly style: number | null;
}

interface ChartProps {
  /** What a screen reader says instead of the picture. */
  readonly label: string;
  readonly x: readonly number[];
  readonly lines: readonly Line[];
}

/** Lines on a canvas, redrawn when the theme or the number of lines changes. */
export function Chart({ label, x, lines }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const data: uPlot.AlignedData = [[...x], ...lines.map(({ values }) => [...values])];
  // What a redraw draws: the data of now, not of when the chart was made.
  const latest = useRef(data);
  latest.current = data;
  const styles = lines.map(({ style }) => style);
  useEffect(() => {
    const element = place.current!;
    const width = () => Math.max(MIN_WIDTH, element.clientWidth);
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(options(width(), styles), latest.current, element);
    };
    draw();
    const theme = new MutationObserver(draw);
    theme.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    const size = new ResizeObserver(() => chart.current?.setSize({ width: width(), height: HEIGHT }));
    size.observe(element);
    return () => {
      theme.disconnect();
      size.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [styles.join()]);
  useEffect(() => chart.current?.setData(latest.current), [x, lines]);
  return <div ref={place} role="img" aria-label={label} class="chart" />;
}

function options(width: number, styles: readonly (number | null)[]): uPlot.Options {
  const theme = getComputedStyle(document.body);
  const colour = (name: string) => theme.getPropertyValue(`--vscode-${name}`).trim() || theme.color;
  const axis: uPlot.Axis = {
    stroke: colour('descriptionForeground'),
    font: `11px ${theme.fontFamily}`,
    // Fainter than any line, in high contrast too.
    grid: { stroke: `color-mix(in srgb, ${theme.color} 15%, transparent)`, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 24 },
      { ...axis, size: 52, space: 24 },
    ],
    series: [
      {},
      ...styles.map(
        (style): uPlot.Series => ({
          stroke: colour(style === null ? 'descriptionForeground' : `charts-${COLOURS[style]}`),
          width: 1.5,
          dash: dashes(style),
          // What no line joins, such as the first epoch of all.
          points: { show: true, size: 4, filter: alone },
        }),
      ),
    ],
  };
}

/** Where a value has none beside it. */
function alone(chart: uPlot, series: number): number[] {
  const values = chart.data[series]!;
  const isThere = (at: number) => values[at] != null;
  return [...values.keys()].filter(at => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
}
