import type { Report } from '../../shared/contracts/report';
import { parseReport, reportText } from '../../shared/contracts/report';
import { CoopError } from '../../shared/errors';
import { isMissing } from '../disk/file-error';
import { imagesOfRun } from './images-of-run';
import { readRun } from './read-run';
import { readRunText, runFile } from './run-file';
import { documentOf, storedDocument, storedFolder } from './run-place';

/**
 * The report of a run, with the paths of its document and images as they lie now.
 * @throws CoopError `run.missing` when the run has not ended with a report; `run.corrupt` when it is damaged or of another
 * format; `file.access`, `file.limit`
 */
export async function readReport(directory: string): Promise<Report> {
  const file = runFile(directory, 'report');
  const text = await readRunText(directory, 'report').catch(async (thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
    const { state } = await readRun(directory);
    if (state.phase === 'done') throw thrown;
    if (state.phase === 'failed' && state.error !== undefined)
      throw new CoopError(
        'run.missing',
        `The run in ${directory} failed, without a report: ${state.error.message}`,
        {
          subject: directory,
          next: state.error.next ?? 'Learn it again.',
          cause: thrown,
        },
      );
    throw new CoopError('run.missing', `The run in ${directory} has no report yet: it is ${state.phase}.`, {
      subject: directory,
      next: 'Wait until it is done, or resume it.',
      cause: thrown,
    });
  });
  const report = parseReport(text, file);
  const document = documentOf(directory, report.document);
  return { ...report, document, imagesFolder: await imagesOfRun(directory, document, report.imagesFolder) };
}

/** The text of `report.json`, its paths as they are stored. */
export function textOfReport(directory: string, report: Report): string {
  const stored = {
    ...report,
    document: storedDocument(report.document),
    imagesFolder: storedFolder(directory, report.imagesFolder),
  };
  return reportText(stored, runFile(directory, 'report'));
}
