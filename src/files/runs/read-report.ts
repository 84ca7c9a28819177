import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseReport } from '../../shared/contracts/parse-report';
import type { Report } from '../../shared/contracts/report';
import { RUN_FILES } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import { readError } from '../disk/file-error';
import { readRun } from './read-run';

/** @throws CoopError `run.missing` when the run has not ended with a report; `run.corrupt` when it is of another format */
export async function readReport(directory: string): Promise<Report> {
  const file = path.join(directory, RUN_FILES.report);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    const { state } = await readRun(directory);
    if (state.phase === 'done') throw readError(thrown, file);
    throw new CoopError('run.missing', `The run in ${directory} has no report yet: it is ${state.phase}.`, {
      subject: directory,
      next: 'Wait until it is done, or resume it.',
      cause: thrown,
    });
  }
  return parseReport(text, file);
}
