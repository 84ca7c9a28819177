/** CSV that `parseCsv` reads back: commas, quotes where a cell needs them, a line feed after each row. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map(cells => `${cells.map(quoted).join(',')}\n`).join('');
}

function quoted(cell: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
