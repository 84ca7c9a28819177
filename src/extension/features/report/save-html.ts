import path from 'node:path';
import * as vscode from 'vscode';
import type { Report } from '../../../shared/contracts/report';
import { htmlReportSize } from '../../../shared/format/html-report-size';
import { noticeText } from '../../../shared/format/markdown-text';
import type { EngineClient } from '../../services/engine-client';

/** Asks where, and lets the engine write the report there as one page. */
export async function saveHtml(engine: EngineClient, directory: string, report: Report): Promise<void> {
  const target = await vscode.window.showSaveDialog({
    title: 'Save report as HTML',
    defaultUri: vscode.Uri.file(path.join(path.dirname(report.document), `${report.name}.html`)),
    filters: { HTML: ['html'] },
  });
  if (target === undefined) return;
  const size = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Saving the report', cancellable: true },
    (_, token) =>
      engine.request('run/reportHtml', { job: 'report html', directory, file: target.fsPath }, token),
  );
  const open = 'Open';
  const answer = await vscode.window.showInformationMessage(
    noticeText(`Saved ${path.basename(target.fsPath)} (${htmlReportSize(size)}).`),
    open,
  );
  if (answer === open) await vscode.env.openExternal(target);
}
