import { visibleText } from '../../../shared/format/visible-text';

type Attributes = Readonly<Record<string, string | number>>;

/** Colours that people with colour blindness tell apart (Okabe & Ito); each series has a marker of its own, too. */
export const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#6b6b6b',
  '#000000',
];

export const colourOf = (at: number): string => COLOURS[at % COLOURS.length]!;

const FONT = 'Helvetica, Arial, sans-serif';

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** An element whose children are elements. Names from data stand in `text` only. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escaped(value)}"`,
  );
  const open = `<${name}${written.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

export type Anchor = 'start' | 'middle' | 'end';

/** A line of text, in pixels from the top left. */
export function text(
  content: string,
  x: number,
  y: number,
  options: {
    readonly anchor?: Anchor;
    readonly size?: number;
    readonly bold?: boolean;
    readonly turned?: boolean;
  } = {},
): string {
  const { anchor = 'start', size = 11, bold = false, turned = false } = options;
  const attributes = {
    x,
    y,
    'text-anchor': anchor,
    'font-size': size,
    ...(bold ? { 'font-weight': 'bold' } : {}),
    ...(turned ? { transform: `rotate(-90 ${short(x)} ${short(y)})` } : {}),
  };
  return element('text', attributes, [escaped(visibleText(content))]);
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string {
  return element('line', { x1, y1, x2, y2, stroke, 'stroke-width': width });
}

/** A point of a series: circle, square, triangle, diamond in turn. */
export function marker(at: number, x: number, y: number, fill: string): string {
  const r = 3.2;
  const polygon = (points: readonly (readonly [number, number])[]) =>
    element('polygon', {
      points: points.map(([dx, dy]) => `${short(x + dx)},${short(y + dy)}`).join(' '),
      fill,
    });
  switch (at % 4) {
    case 0:
      return element('circle', { cx: x, cy: y, r, fill });
    case 1:
      return element('rect', {
        x: x - r + 0.4,
        y: y - r + 0.4,
        width: 2 * r - 0.8,
        height: 2 * r - 0.8,
        fill,
      });
    case 2:
      return polygon([
        [0, -r - 0.6],
        [r + 0.3, r - 0.4],
        [-r - 0.3, r - 0.4],
      ]);
    default:
      return polygon([
        [0, -r - 0.8],
        [r + 0.8, 0],
        [0, r + 0.8],
        [-r - 0.8, 0],
      ]);
  }
}

/** Five-pointed, as the paper draws zero-shot CLIP. */
export function star(x: number, y: number, fill: string): string {
  const points = Array.from({ length: 10 }, (_, i) => {
    const r = i % 2 === 0 ? 6 : 2.4;
    const angle = -Math.PI / 2 + (i * Math.PI) / 5;
    return `${short(x + r * Math.cos(angle))},${short(y + r * Math.sin(angle))}`;
  });
  return element('polygon', { points: points.join(' '), fill });
}

/** A whole figure on white. @param title read aloud in place of the figure */
export function figure(width: number, height: number, title: string, children: readonly string[]): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${short(width)} ${short(height)}`,
      width,
      height,
      'font-family': FONT,
      fill: '#222222',
      role: 'img',
    },
    [
      element('title', {}, [escaped(visibleText(title))]),
      element('rect', { x: 0, y: 0, width, height, fill: '#ffffff' }),
      ...children,
    ],
  );
}

/** At most two digits behind the point. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
