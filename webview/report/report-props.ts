import type { Report } from '../../src/shared/contracts/report';
import type { FromReport } from '../../src/shared/contracts/webview';

/** What the report's page shows and where it tells what was asked. */
export interface ReportProps {
  readonly report: Report;
  readonly applied: boolean;
  /** By path; undefined while awaited, null where there is none. */
  readonly thumbnails: Readonly<Record<string, string | null>>;
  /** Images tested; a self-contained page may list fewer. */
  readonly testImages: number;
  /** Null in the self-contained page, where there is no editor to talk to. */
  readonly send: ((message: FromReport) => void) | null;
}
