import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseTable, type ResultTable } from '../../shared/contracts/result-table';
import { isMissing } from '../disk/file-error';
import { readBoundedFile } from '../disk/read-bounded-file';
import { type ExperimentProgress, readExperimentProgress } from './experiment-state';

const MAX_TABLE_BYTES = 16 * 2 ** 20;
/** No experiment draws more than a few. */
const MAX_FIGURES = 64;
const FIGURE = /^[\w.-]+\.svg$/;

export interface ExperimentResults extends ExperimentProgress {
  readonly table: ResultTable | null;
  /** Files in `figures`, with when each was written: they are drawn anew after every cell. */
  readonly figures: readonly { readonly name: string; readonly written: number }[];
}

/**
 * What an experiment's folder of results shows so far.
 * @throws CoopError `run.corrupt`, `file.access`, `file.limit`
 */
export async function readExperimentResults(out: string): Promise<ExperimentResults> {
  const progress = await readExperimentProgress(out);
  return { ...progress, table: await readTable(out), figures: await figuresIn(path.join(out, 'figures')) };
}

async function readTable(out: string): Promise<ResultTable | null> {
  const file = path.join(out, 'table.json');
  try {
    return parseTable((await readBoundedFile(file, MAX_TABLE_BYTES, 'refuse')).toString('utf8'), file);
  } catch (thrown) {
    if (isMissing(thrown)) return null;
    throw thrown;
  }
}

async function figuresIn(folder: string): Promise<ExperimentResults['figures']> {
  const names = await readdir(folder).catch(() => []);
  const found: { name: string; written: number }[] = [];
  for (const name of names
    .filter(each => FIGURE.test(each))
    .sort()
    .slice(0, MAX_FIGURES)) {
    const facts = await lstat(path.join(folder, name)).catch(() => null);
    if (facts?.isFile() === true) found.push({ name, written: facts.mtimeMs });
  }
  return found;
}
