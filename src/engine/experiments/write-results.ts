import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { type ResultTable, shownResultsText } from '../../shared/contracts/result-table';
import { UNIT } from '../../shared/format/accuracy-value';
import { markdownText } from '../../shared/format/markdown-text';
import { experimentFigures } from './figures/experiment-figures';
import { pngOf } from './figures/png';
import { missingAxes } from './missing-axes';
import type { OpenedExperiment } from './read-experiment';
import { resultsPage } from './results-page';
import type { CellState } from './run-experiment';
import { longCsv } from './tables/long-csv';
import { resultTable } from './tables/result-table';
import { latexTable, markdownTable } from './tables/table-texts';

let writing: Promise<unknown> = Promise.resolve();

/**
 * Writes what is measured so far into the experiment's folder: `results.csv`, `table.json`, `table.md`, `table.tex`, `figures/*.svg` and
 * `index.html`. One writing after the other.
 * @returns the table
 * @throws CoopError `file.access`, `disk.full`
 */
export function writeResults(
  experiment: OpenedExperiment,
  cells: readonly CellState[],
): Promise<ResultTable> {
  const next = writing.then(() => write(experiment, cells));
  writing = next.catch(() => undefined);
  return next;
}

async function write(experiment: OpenedExperiment, cells: readonly CellState[]): Promise<ResultTable> {
  const { out, spec, targets } = experiment;
  const measurements = measurementsOf(cells);
  const otherClasses = targets.find(({ classes }) => classes !== undefined)?.name ?? null;
  const table = resultTable(measurements, otherClasses);
  const figures = experimentFigures(spec, measurements);
  await mkdir(path.join(out, 'figures'), { recursive: true });
  const put = (name: string, content: string) => writeFileAtomic(path.join(out, name), content, 'refuse');
  await put('results.csv', longCsv(measurements));
  await put('table.md', `# ${markdownText(spec.title)}\n\n${UNIT}.\n\n${markdownTable(table)}`);
  await put('table.tex', latexTable(table, spec.title));
  for (const { name, svg } of figures) await put(`figures/${name}.svg`, `${svg}\n`);
  const drawn = figures.map(({ name }) => `${name}.svg`);
  const undrawn = missingAxes(experiment);
  const shown = { table, figures: drawn, ...(undrawn.length === 0 ? {} : { undrawn }) };
  await put('table.json', shownResultsText(shown, 'table.json'));
  await put('index.html', resultsPage(experiment, cells, { table, figures, undrawn }));
  return table;
}

/**
 * The figures as `figures/*.png`. Each takes a second, so they are for the end, not for every cell.
 * @throws CoopError `file.access`, `disk.full`
 */
export async function writePngFigures(
  { out, spec }: OpenedExperiment,
  cells: readonly CellState[],
): Promise<void> {
  for (const { name, svg } of experimentFigures(spec, measurementsOf(cells)))
    await writeFileAtomic(path.join(out, 'figures', `${name}.png`), await pngOf(svg), 'refuse');
}

const measurementsOf = (cells: readonly CellState[]) =>
  cells.flatMap(state => (state.status === 'done' ? state.result.measurements : []));
