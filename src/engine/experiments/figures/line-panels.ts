import { type Area, type Axis, across, axes, axisAround, up } from './axis';
import { colourOf, element, figure, line, marker, short, star, text } from './svg';

export interface Point {
  readonly x: number;
  /** Percent. */
  readonly y: number;
  readonly std: number | null;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Panel {
  readonly title: string;
  /** By the name of each. */
  readonly series: readonly Series[];
  /** Drawn as a star; null where there is none. */
  readonly zeroShot: Point | null;
}

const PANEL = { width: 300, height: 250 };
const INSIDE: Area = { left: 52, top: 30, width: 232, height: 168 };
const LEGEND_LINE = 18;
const MAX_NAME = 32;

/** Panels of lines with a bar of one standard deviation on each point, and one legend for all. */
export function linePanels(
  panels: readonly Panel[],
  told: { readonly title: string; readonly x: string; readonly y: string; readonly zeroShot: string },
): string {
  const columns = Math.min(panels.length, panels.length > 6 ? 4 : 3);
  const names = [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))];
  const stars = panels.some(({ zeroShot }) => zeroShot !== null);
  const rows = Math.ceil(panels.length / columns);
  const legend = names.length + Number(stars);
  const width = columns * PANEL.width;
  const perLine = Math.max(1, Math.floor(width / 220));
  const height = rows * PANEL.height + LEGEND_LINE * Math.ceil(legend / perLine) + 12;
  const place = (at: number) => ({
    x: 20 + 220 * (at % perLine),
    y: rows * PANEL.height + 8 + LEGEND_LINE * Math.floor(at / perLine),
  });
  return figure(width, height, told.title, [
    ...panels.map((panel, at) => {
      const moved = `translate(${(at % columns) * PANEL.width} ${Math.floor(at / columns) * PANEL.height})`;
      return element('g', { transform: moved }, panelOf(panel, names, told));
    }),
    ...names.flatMap((name, at) => {
      const { x, y } = place(at);
      return [
        line(x, y, x + 22, y, colourOf(at), 1.8),
        marker(at, x + 11, y, colourOf(at)),
        text(shortened(name), x + 28, y + 4),
      ];
    }),
    ...(stars ? legendStar(place(names.length), told.zeroShot) : []),
  ]);
}

/** A legend's names stand side by side. */
const shortened = (name: string) => (name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 1)}…`);

function legendStar({ x, y }: { readonly x: number; readonly y: number }, name: string): string[] {
  return [star(x + 11, y, '#7a4fbf'), text(name, x + 28, y + 4)];
}

function panelOf(
  { title, series, zeroShot }: Panel,
  names: readonly string[],
  told: { readonly x: string; readonly y: string },
): string[] {
  const points = [...series.flatMap(each => each.points), ...(zeroShot === null ? [] : [zeroShot])];
  if (points.length === 0)
    return [text(title, PANEL.width / 2, 20, { anchor: 'middle', size: 12, bold: true })];
  const ticks = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  const margin = first === last ? 1 : (last - first) * 0.04;
  const x: Axis = { low: first - margin, high: last + margin, ticks };
  const y = axisAround(points.flatMap(({ y: value, std }) => [value - (std ?? 0), value + (std ?? 0)]));
  return [
    text(title, PANEL.width / 2, 20, { anchor: 'middle', size: 12, bold: true }),
    ...axes(INSIDE, y, x, told),
    ...series.flatMap(each => lineOf(each, names.indexOf(each.name), x, y)),
    ...(zeroShot === null ? [] : [star(across(INSIDE, x, zeroShot.x), up(INSIDE, y, zeroShot.y), '#7a4fbf')]),
  ];
}

function lineOf({ points }: Series, at: number, x: Axis, y: Axis): string[] {
  const colour = colourOf(at);
  const places = points.map(point => ({
    px: across(INSIDE, x, point.x),
    py: up(INSIDE, y, point.y),
    reach: point.std === null ? 0 : (INSIDE.height * point.std) / (y.high - y.low),
  }));
  const path = places.map(({ px, py }) => `${short(px)},${short(py)}`).join(' ');
  return [
    element('polyline', { points: path, fill: 'none', stroke: colour, 'stroke-width': 1.8 }),
    ...places.flatMap(({ px, py, reach }) => [
      ...(reach === 0 ? [] : [line(px, py - reach, px, py + reach, colour)]),
      marker(at, px, py, colour),
    ]),
  ];
}
