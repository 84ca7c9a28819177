import { CoopError } from '../errors';
import { REPORT_FORMAT, type Report } from './report';

/**
 * The text of `report.json`.
 * @param file names the file in messages
 * @throws CoopError `run.corrupt` when it is not JSON, or of a format that this version does not read
 */
export function parseReport(text: string, file: string): Report {
  try {
    const report = JSON.parse(text) as Report;
    if (report.format === REPORT_FORMAT) return report;
  } catch {
    // Told below, like a report of another format.
  }
  throw new CoopError('run.corrupt', `${file} is not a report that this version reads.`, {
    subject: file,
    next: 'Update CoOp, or learn again.',
  });
}
