import './report.css';
import { render } from 'preact';
import type { Report } from '../../src/shared/report';
import type { FromReport, ToReport } from '../../src/shared/webview';
import { connect } from '../common/host';
import { ReportPage } from './report';

const root = document.getElementById('root') as HTMLElement;
const standalone = document.getElementById('report-data');

if (standalone !== null) {
  const { report, thumbnails } = JSON.parse(standalone.textContent ?? '') as {
    readonly report: Report;
    readonly thumbnails: Readonly<Record<string, string>>;
  };
  render(<ReportPage report={report} applied={false} thumbnails={thumbnails} send={null} />, root);
} else {
  let shown: Extract<ToReport, { type: 'report' }> | undefined;
  let thumbnails: Readonly<Record<string, string | null>> = {};
  const show = (message: ToReport) => {
    if (message.type === 'failed') {
      render(
        <p role="alert">
          {message.message} {message.next}
        </p>,
        root,
      );
      return;
    }
    if (message.type === 'report') shown = message;
    else thumbnails = { ...thumbnails, ...message.uris };
    if (shown !== undefined)
      render(
        <ReportPage report={shown.report} applied={shown.applied} thumbnails={thumbnails} send={send} />,
        root,
      );
  };
  const send = connect<ToReport, FromReport>(show, message =>
    message.type === 'report' ? { directory: message.directory } : undefined,
  );
  send({ type: 'ready' });
}
