import { element, line, short, text } from './svg';

/** The area of a panel inside its axes, in pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** An axis of round ticks, four to seven, around values; a flat one is widened. */
export function axisAround(values: readonly number[]): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(most - least, 1);
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= rough)!;
  const low = Math.floor((least - span * 0.04) / step) * step;
  const high = Math.ceil((most + span * 0.04) / step) * step;
  const count = Math.round((high - low) / step);
  return { low, high, ticks: Array.from({ length: count + 1 }, (_, i) => low + i * step) };
}

/** Pixels from the left of a value. */
export const across = ({ left, width }: Area, { low, high }: Axis, value: number): number =>
  left + (width * (value - low)) / (high - low);

/** Pixels from the top of a value. */
export const up = ({ top, height }: Area, { low, high }: Axis, value: number): number =>
  top + height - (height * (value - low)) / (high - low);

/** Frame, horizontal grid and labels. @param x null where the caller labels it */
export function axes(
  area: Area,
  y: Axis,
  x: Axis | null,
  titles: { readonly x: string; readonly y: string },
): string[] {
  const { left, top, width, height } = area;
  const bottom = top + height;
  return [
    ...y.ticks.flatMap(tick => {
      const at = up(area, y, tick);
      return [
        line(left, at, left + width, at, '#e4e4e4'),
        text(short(tick), left - 5, at + 3.5, { anchor: 'end', size: 10 }),
      ];
    }),
    ...(x?.ticks ?? []).flatMap(tick => {
      const at = across(area, x!, tick);
      return [
        line(at, bottom, at, bottom + 3, '#888888'),
        text(short(tick), at, bottom + 14, { anchor: 'middle', size: 10 }),
      ];
    }),
    element('rect', { x: left, y: top, width, height, fill: 'none', stroke: '#888888' }),
    text(titles.x, left + width / 2, bottom + 28, { anchor: 'middle', size: 10 }),
    text(titles.y, left - 34, top + height / 2, { anchor: 'middle', size: 10, turned: true }),
  ];
}
