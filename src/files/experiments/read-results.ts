import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { parseShownResults, type ResultTable, type ShownResults } from '../../shared/contracts/result-table';
import { isMissing } from '../disk/file-error';
import { readBoundedFile } from '../disk/read-bounded-file';
import { type ExperimentProgress, readExperimentProgress } from './experiment-state';

const MAX_TABLE_BYTES = 16 * 2 ** 20;
/** No experiment draws more than a few, and none of them comes near the size. */
const MAX_FIGURES = 64;
const MAX_FIGURE_BYTES = 8 * 2 ** 20;

export interface ExperimentResults extends ExperimentProgress {
  readonly table: ResultTable | null;
  /** Files in `figures`, with when each was written: they are drawn anew after every cell. */
  readonly figures: readonly { readonly name: string; readonly written: number }[];
  /** Why others that are asked for are not drawn, a sentence each. */
  readonly undrawn: readonly string[];
}

/**
 * What an experiment's folder of results shows so far.
 * @throws CoopError `run.corrupt`, `file.access`, `file.limit`
 */
export async function readExperimentResults(out: string): Promise<ExperimentResults> {
  const progress = await readExperimentProgress(out);
  const shown = await readShown(out);
  return {
    ...progress,
    table: shown?.table ?? null,
    figures: await figuresIn(path.join(out, 'figures'), shown?.figures ?? []),
    undrawn: shown?.undrawn ?? [],
  };
}

async function readShown(out: string): Promise<ShownResults | null> {
  const file = path.join(out, 'table.json');
  try {
    return parseShownResults((await readBoundedFile(file, MAX_TABLE_BYTES, 'refuse')).toString('utf8'), file);
  } catch (thrown) {
    if (isMissing(thrown)) return null;
    throw thrown;
  }
}

async function figuresIn(folder: string, names: readonly string[]): Promise<ExperimentResults['figures']> {
  const found: { name: string; written: number }[] = [];
  for (const name of names.slice(0, MAX_FIGURES)) {
    const facts = await lstat(path.join(folder, name)).catch(() => null);
    if (facts?.isFile() === true && facts.size <= MAX_FIGURE_BYTES)
      found.push({ name, written: facts.mtimeMs });
  }
  return found;
}
