import path from 'node:path';
import type { Command } from 'commander';
import { writeAnswersTable } from '../../engine/jobs/answers-table';
import { reportTargets, type TargetReport } from '../../engine/jobs/report-targets';
import { writeHtmlReport } from '../../engine/report-html/write-html-report';
import { openProject, targetFolders } from '../../engine/task/open-project';
import type { Work } from '../../engine/task/work';
import { readReport } from '../../files/runs/read-report';
import { readInputs } from '../../files/runs/read-run';
import { readAnswers } from '../../files/runs/run-answers';
import type { RunAnswers } from '../../shared/contracts/run-answers';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import { htmlReportSize } from '../../shared/format/html-report-size';
import { action, type CommonOptions } from '../console/command';
import { findRun } from '../console/find-run';
import { printReport } from '../console/print-report';
import { printTarget } from '../console/print-target';
import { DEVICE_OPTION, shelfOn } from '../console/shelf-on';

interface ReportOptions extends CommonOptions {
  readonly html?: string;
  readonly csv?: string;
  readonly on?: readonly string[] | true;
  readonly device?: string;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description('what a run gained on test images')
    .argument('[run]', 'run directory, or name of a run in this folder; default: the newest')
    .option('--html <file>', 'also write the report as one self-contained HTML file')
    .option('--csv <file>', 'also write every answer about every image, with its probabilities, as CSV')
    .option(
      '--on [folders...]',
      'try the run on these whole folders of the same classes; default: its document’s @targets',
    )
    .option(...DEVICE_OPTION)
    .option('--json', 'the whole report as JSON, with every answer')
    .addHelpText(
      'after',
      '\nExample:\n  coop report pets-16shot --html report.html\n  coop report pets-16shot --on sketches photos',
    )
    .action(
      action<[string | undefined], ReportOptions>(async (terminal, work, wanted, options) => {
        const { directory } = await findRun(wanted);
        const report = await readReport(directory);
        const targets = await onTargets(directory, options, work);
        const answers =
          terminal.json || options.csv !== undefined ? await answersOf(directory, options) : null;
        terminal.endProgress();
        terminal.result({
          ...report,
          ...(targets.length === 0 ? {} : { targets }),
          ...(answers === null ? {} : { answers }),
        });
        printReport(terminal, report);
        for (const target of targets) printTarget(terminal, target);
        if (options.csv !== undefined && answers !== null) {
          const lines = await writeAnswersTable(answers, options.csv);
          terminal.note(`Answers: ${options.csv} (${counted(lines, 'line')})`);
        }
        if (options.html !== undefined) {
          const size = await writeHtmlReport(report, options.html, work);
          terminal.note(`Report: ${options.html} (${htmlReportSize(size)})`);
        }
      }),
    );
}

async function onTargets(
  directory: string,
  { on, device }: ReportOptions,
  work: Work,
): Promise<TargetReport[]> {
  if (on === undefined) return [];
  const { document } = await readInputs(directory);
  const folders = targetFolders(openProject(document), on === true ? undefined : on);
  if (folders.length === 0)
    throw new CoopError('usage', `${path.basename(document.path)} had no @targets when the run began.`, {
      next: 'Name folders after --on.',
    });
  return reportTargets(directory, folders, shelfOn(work, { device }), work);
}

/** A run of an earlier version has a report and no answers; who asks for them is told so. */
function answersOf(directory: string, { csv }: ReportOptions): Promise<RunAnswers | null> {
  return readAnswers(directory).catch((thrown: unknown) => {
    if (csv === undefined && thrown instanceof CoopError && thrown.code === 'run.missing') return null;
    throw thrown;
  });
}
