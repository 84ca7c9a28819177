/**
 * Lines that a text takes in a box, words kept whole where they fit, as CSS wraps with `overflow-wrap: anywhere`.
 * @param width of the box, in the unit of `measure`
 * @param measure width of a text
 */
export function linesTaken(text: string, width: number, measure: (text: string) => number): number {
  const blank = measure(' ');
  let lines = 1;
  let used = 0;
  for (const word of text.split(/\s+/).filter(part => part !== '')) {
    const wide = measure(word);
    if (used > 0 && used + blank + wide <= width) {
      used += blank + wide;
      continue;
    }
    if (used > 0) lines += 1;
    lines += Math.max(0, Math.ceil(wide / width) - 1);
    used = wide > width ? wide % width : wide;
  }
  return lines;
}

/** A measure of the page's own font on a canvas. */
export function measureIn(font: string): (text: string) => number {
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  return text => context.measureText(text).width;
}
