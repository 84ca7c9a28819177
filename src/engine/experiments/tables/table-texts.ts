import type { ResultTable, Value } from '../../../shared/contracts/result-table';
import { plain } from '../../../shared/format/accuracy-value';
import { oneDecimal } from '../../../shared/format/percent';
import { visibleText } from '../../../shared/format/visible-text';

export function markdownTable({ head, columns, rows, best }: ResultTable): string {
  const cell = (content: string) =>
    visibleText(content)
      .replace(/[\\|`*_[\]]/g, '\\$&')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;');
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [
    row([...head, ...columns].map(cell)),
    row([...head.map(() => '---'), ...columns.map(() => '---:')]),
    ...rows.map(({ labels, values }, at) =>
      row([
        ...labels.map(cell),
        ...values.map((value, column) => {
          if (value === null) return '–';
          return best[column] === at ? `**${plain(value)}**` : plain(value);
        }),
      ]),
    ),
  ].join('');
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '→': '$\\rightarrow$',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '–': '--',
  '“': '``',
  '”': "''",
};

/** A table for the package booktabs. */
export function latexTable({ head, columns, rows, best }: ResultTable, caption: string): string {
  const cell = (content: string) =>
    visibleText(content).replace(/[\\~^→<>–“”&%$#_{}]/g, found => LATEX[found] ?? `\\${found}`);
  const row = (cells: readonly string[]) => `${cells.join(' & ')} \\\\\n`;
  const number = (value: Value) =>
    `${oneDecimal(value.mean * 100)}${value.std === null ? '' : ` $\\pm$ ${oneDecimal(value.std * 100)}`}`.replace(
      '−',
      '$-$',
    );
  return [
    '% \\usepackage{booktabs}\n\\begin{table}\n\\centering\n',
    `\\caption{${cell(caption)}}\n`,
    `\\begin{tabular}{${'l'.repeat(head.length)}${'r'.repeat(columns.length)}}\n\\toprule\n`,
    row([...head, ...columns].map(cell)),
    '\\midrule\n',
    ...rows.map(({ labels, values }, at) =>
      row([
        ...labels.map(cell),
        ...values.map((value, column) => {
          if (value === null) return '--';
          return best[column] === at ? `\\textbf{${number(value)}}` : number(value);
        }),
      ]),
    ),
    '\\bottomrule\n\\end{tabular}\n\\end{table}\n',
  ].join('');
}

export function htmlTable({ head, columns, rows, best }: ResultTable): string {
  const cells = (tag: string, contents: readonly string[]) =>
    contents.map(content => `<${tag}>${htmlText(content)}</${tag}>`).join('');
  const number = (value: Value | null, isBest: boolean) => {
    if (value === null) return '<td class="number">–</td>';
    const shown = isBest ? `<b>${plain(value)}</b>` : plain(value);
    const interval = value.interval?.map(each => oneDecimal(each * 100)).join('–');
    return `<td class="number">${shown}${interval === undefined ? '' : `<br><small>${interval}</small>`}</td>`;
  };
  return [
    `<table><thead><tr>${cells('th', [...head, ...columns])}</tr></thead><tbody>`,
    ...rows.map(
      ({ labels, values }, at) =>
        `<tr>${cells('td', labels)}${values.map((value, column) => number(value, best[column] === at)).join('')}</tr>`,
    ),
    '</tbody></table>',
  ].join('\n');
}

/** A name from data as text of a page. */
export function htmlText(content: string): string {
  return visibleText(content).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
