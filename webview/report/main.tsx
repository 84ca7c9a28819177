import '../common/base.css';
import '../common/images.css';
import '../common/page.css';
import './report.css';
import { render } from 'preact';
import type { FromReport, StandaloneReport, ToReport } from '../../src/shared/contracts/webview';
import { connect } from '../common/host';
import { MemoryContext } from '../common/memory';
import { ReportPage } from './report';

const root = document.getElementById('root') as HTMLElement;
const standalone = document.getElementById('report-data');

if (standalone !== null) showStandalone(JSON.parse(standalone.textContent ?? '') as StandaloneReport);
else showInEditor();

function showStandalone({ report, thumbnails, testImages }: StandaloneReport): void {
  const pictures = Object.fromEntries(report.images.map(({ path }) => [path, thumbnails[path] ?? null]));
  render(
    <ReportPage report={report} applied={false} thumbnails={pictures} testImages={testImages} send={null} />,
    root,
  );
}

function showInEditor(): void {
  let shown: Extract<ToReport, { type: 'report' }> | undefined;
  let thumbnails: Readonly<Record<string, string | null>> = {};
  const { send, memory } = connect<ToReport, FromReport>(message => {
    if (message.type === 'thumbnails') thumbnails = { ...thumbnails, ...message.uris };
    else {
      shown = message;
      // Handed to the host that restores the panel after a reload.
      memory.set('directory', message.directory);
    }
    if (shown === undefined) return;
    const { report, applied } = shown;
    render(
      <MemoryContext.Provider value={memory}>
        <ReportPage
          report={report}
          applied={applied}
          thumbnails={thumbnails}
          testImages={report.images.length}
          send={send}
        />
      </MemoryContext.Provider>,
      root,
    );
  });
  render(<p class="note">Opening the report…</p>, root);
  send({ type: 'ready' });
}
