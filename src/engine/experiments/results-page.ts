import { createHash } from 'node:crypto';
import type { ResultTable } from '../../shared/contracts/result-table';
import { UNIT } from '../../shared/format/accuracy-value';
import { THEME } from '../report-html/theme';
import type { Figure } from './figures/experiment-figures';
import type { OpenedExperiment } from './read-experiment';
import type { CellState } from './run-experiment';
import { htmlTable, htmlText } from './tables/table-texts';

const STYLE = `${THEME}
body{font:var(--vscode-font-size) var(--vscode-font-family);color:var(--vscode-foreground);background:var(--vscode-editor-background);max-width:76rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}th,td{text-align:left;padding:.3rem .8rem;border-bottom:1px solid var(--vscode-widget-border);vertical-align:top}
.number{text-align:right;font-variant-numeric:tabular-nums}small,.quiet{color:var(--vscode-descriptionForeground)}
figure{margin:1.5rem 0;overflow-x:auto}svg{max-width:100%;height:auto;border:1px solid var(--vscode-widget-border)}.scroll{overflow-x:auto}`;

interface PageResults {
  readonly table: ResultTable;
  readonly figures: readonly Figure[];
  /** Why others that are asked for are not drawn, a sentence each. */
  readonly undrawn: readonly string[];
}

/** An experiment as one self-contained page without a script: table, figures, and what could not be measured. */
export function resultsPage(
  { spec }: OpenedExperiment,
  cells: readonly CellState[],
  { table, figures, undrawn }: PageResults,
): string {
  const done = cells.filter(({ status }) => status === 'done').length;
  const failed = cells.flatMap(state => (state.status === 'failed' ? [state] : []));
  const notes = new Set(cells.flatMap(state => (state.status === 'done' ? state.result.notes : [])));
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const list = (items: readonly string[]) =>
    `<ul>${items.map(item => `<li>${htmlText(item)}</li>`).join('')}</ul>`;
  return [
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">`,
    `<title>${htmlText(spec.title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${htmlText(spec.title)}</h1>`,
    ...(spec.about === undefined ? [] : [`<p>${htmlText(spec.about)}</p>`]),
    `<p class="quiet">${done} of ${cells.length} cells are measured.</p>`,
    ...figures.map(({ svg }) => `<figure>${svg}</figure>`),
    ...undrawn.map(why => `<p class="quiet">${htmlText(why)}</p>`),
    `<h2>Table</h2><p class="quiet">${UNIT}; below it the 95 % interval, over seeds and images. The best of a column is bold.</p>`,
    `<div class="scroll">${htmlTable(table)}</div>`,
    ...(failed.length === 0
      ? []
      : ['<h2>Not measured</h2>', list(failed.map(({ cell, error }) => `${cell.title}: ${error.message}`))]),
    ...(notes.size === 0 ? [] : ['<h2>Notes</h2>', list([...notes])]),
    '</body></html>\n',
  ].join('\n');
}
