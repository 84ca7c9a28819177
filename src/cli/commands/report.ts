import type { Command } from 'commander';
import { writeHtmlReport } from '../../engine/report-html/write-html-report';
import { readReport } from '../../files/runs/read-report';
import { htmlReportSize } from '../../shared/format/html-report-size';
import { action, type CommonOptions } from '../console/command';
import { findRun } from '../console/find-run';
import { printReport } from '../console/print-report';

interface ReportOptions extends CommonOptions {
  readonly html?: string;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description('what a run gained on test images')
    .argument('[run]', 'run directory, or name of a run in this folder; default: the newest')
    .option('--html <file>', 'also write the report as one self-contained HTML file')
    .option('--json', 'the whole report as JSON')
    .addHelpText('after', '\nExample:\n  coop report pets-16shot --html report.html')
    .action(
      action<[string | undefined], ReportOptions>(async (terminal, work, wanted, options) => {
        const { directory } = await findRun(wanted);
        const report = await readReport(directory);
        terminal.result(report);
        printReport(terminal, report);
        if (options.html !== undefined) {
          const size = await writeHtmlReport(report, options.html, work);
          terminal.note(`Report: ${options.html} (${htmlReportSize(size)})`);
        }
      }),
    );
}
