import { visibleText } from '../../shared/format/visible-text';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Lines of a plain text table with aligned columns; wide enough for every cell, no borders, a rule under the head. */
export function textTable(
  columns: readonly Column[],
  content: readonly (readonly string[])[],
): readonly string[] {
  const rows = content.map(row => row.map(visibleText));
  const widths = columns.map(({ title }, at) =>
    Math.max(width(title), ...rows.map(row => width(row[at] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? '';
        const blanks = ' '.repeat(widths[at]! - width(cell));
        return align === 'right' ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd();
  const head = line(columns.map(({ title }) => title));
  return [head, widths.map(size => '─'.repeat(size)).join('  '), ...rows.map(line)];
}

/** Terminal columns of a text: combining marks take none, wide East Asian characters and emoji two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    columns +=
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
