import { oneDecimal } from '../../../shared/format/percent';
import { type Area, across, axes, axisAround, up } from './axis';
import { colourOf, element, figure, line, text } from './svg';

export interface Bar {
  readonly name: string;
  readonly value: number;
}

const ROW = 22;
const NAMES = 170;

/** Bars to the right for what is gained, to the left for what is lost, the greatest gain first. */
export function gainBars(bars: readonly Bar[], title: string, unit: string): string {
  const sorted = [...bars].sort((a, b) => b.value - a.value);
  const area: Area = { left: NAMES, top: 40, width: 400, height: sorted.length * ROW };
  const x = axisAround([0, ...sorted.map(({ value }) => value)]);
  const zero = across(area, x, 0);
  return figure(area.left + area.width + 60, area.top + area.height + 40, title, [
    text(title, 12, 22, { size: 13, bold: true }),
    ...sorted.flatMap(({ name, value }, at) => {
      const y = area.top + at * ROW;
      const end = across(area, x, value);
      const right = value >= 0;
      return [
        text(name, NAMES - 10, y + 15, { anchor: 'end' }),
        element('rect', {
          x: Math.min(zero, end),
          y: y + 3,
          width: Math.abs(end - zero),
          height: ROW - 6,
          fill: right ? colourOf(2) : colourOf(1),
        }),
        text(`${right ? '+' : ''}${oneDecimal(value)}`, end + (right ? 5 : -5), y + 15, {
          anchor: right ? 'start' : 'end',
        }),
      ];
    }),
    line(zero, area.top - 4, zero, area.top + area.height + 4, '#444444'),
    text(unit, area.left + area.width / 2, area.top + area.height + 26, { anchor: 'middle', size: 10 }),
  ]);
}

export interface Group {
  readonly name: string;
  readonly bars: readonly Bar[];
}

/** Groups of bars that stand, one colour a name. */
export function groupedBars(groups: readonly Group[], title: string, unit: string): string {
  const names = [...new Set(groups.flatMap(({ bars }) => bars.map(({ name }) => name)))];
  const area: Area = { left: 56, top: 40, width: Math.max(300, groups.length * 150), height: 220 };
  const y = axisAround([...groups.flatMap(({ bars }) => bars.map(({ value }) => value))]);
  const each = area.width / groups.length;
  const thick = Math.min(30, (each * 0.8) / names.length);
  const bottom = area.top + area.height;
  return figure(area.left + area.width + 20, bottom + 48 + 18 * names.length, title, [
    text(title, 12, 22, { size: 13, bold: true }),
    ...axes(area, y, null, { x: '', y: unit }),
    ...groups.flatMap(({ name, bars }, at) => {
      const middle = area.left + each * (at + 0.5);
      return [
        text(name, middle, bottom + 16, { anchor: 'middle', size: 10 }),
        ...bars.flatMap(bar => {
          const place = names.indexOf(bar.name);
          const x = middle + (place - names.length / 2) * thick;
          const top = up(area, y, bar.value);
          return [
            element('rect', { x, y: top, width: thick - 2, height: bottom - top, fill: colourOf(place) }),
            text(oneDecimal(bar.value), x + thick / 2 - 1, top - 3, { anchor: 'middle', size: 9 }),
          ];
        }),
      ];
    }),
    ...names.flatMap((name, at) => [
      element('rect', { x: 60, y: bottom + 32 + 18 * at, width: 12, height: 12, fill: colourOf(at) }),
      text(name, 78, bottom + 42 + 18 * at),
    ]),
  ]);
}
