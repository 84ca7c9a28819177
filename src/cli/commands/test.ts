import type { Command } from 'commander';
import { scoreLines } from '../../engine/jobs/score-lines';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import { percent, percentRange } from '../../shared/format/percent';
import { expectationText, judgeExpectation } from '../../shared/verdicts/judge-expectation';
import { action, type CommonOptions } from '../console/command';
import { EXIT } from '../console/exit-code';
import { readDocument } from '../console/read-document';
import { type ComputeOptions, DEVICE_OPTION, precisionOption, shelfOn } from '../console/shelf-on';
import { textTable } from '../console/text-table';

interface TestOptions extends CommonOptions, ComputeOptions {}

const SHOWN = { met: 'met', short: 'SHORT', error: 'ERROR' } as const;

export function addTest(program: Command): void {
  program
    .command('test')
    .description('whether templates reach the accuracy that “# expect:” comments ask of them, on dev images')
    .argument('<file>', '.prompts file')
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .option('--json', 'every expectation with its outcome as JSON')
    .addHelpText(
      'after',
      '\nAbove a template, an @ensemble, a @use or @descriptors:\n  # expect: acc >= 0.60\n\nExit codes: 0 all are met, 5 one falls short, 3 a line cannot be scored.',
    )
    .action(
      action<[string], TestOptions>(async (terminal, work, file, options) => {
        const project = await readDocument(terminal, file);
        const { expectations, problems } = project.document;
        const errors = problems.filter(({ severity }) => severity === 'error');
        if (expectations.length === 0) {
          throw new CoopError('template.syntax', `${file} expects nothing of its templates.`, {
            subject: file,
            next: 'Write “# expect: acc >= 0.60” above one.',
          });
        }
        const lines = [...new Set(expectations.map(({ line }) => line))];
        const { scores, images, warnings } = await scoreLines(
          { project, lines, shelf: shelfOn(work, options) },
          work,
        );
        terminal.endProgress();
        for (const warning of warnings) terminal.note(`warning: ${warning}`);
        const tests = expectations.map(expectation => {
          const score = scores.find(({ line }) => line === expectation.line)!;
          const { operator, accuracy } = expectation;
          return {
            line: expectation.line,
            expected: { metric: 'acc', operator, value: accuracy },
            ...judgeExpectation(expectation, score),
            accuracy: score.result.ok ? score.result.accuracy : null,
          };
        });
        const met = tests.filter(({ outcome }) => outcome === 'met').length;
        terminal.result({ met, tests, images });
        terminal.print(
          textTable(
            [
              { title: '' },
              { title: 'line' },
              { title: 'expected', align: 'right' },
              { title: 'accuracy', align: 'right' },
              { title: '95 % interval', align: 'right' },
              { title: '' },
            ],
            tests.map(({ line, outcome, accuracy, message }, at) => [
              SHOWN[outcome],
              line,
              expectationText(expectations[at]!),
              accuracy === null ? '–' : percent(accuracy.value),
              accuracy === null ? '' : percentRange(accuracy.low, accuracy.high),
              outcome === 'error' ? message : '',
            ]),
          ),
        );
        terminal.print([
          '',
          `${met} of ${counted(tests.length, 'expectation')} met on ${counted(images, 'dev image')}`,
        ]);
        if (errors.length > 0 || tests.some(({ outcome }) => outcome === 'error'))
          process.exitCode = EXIT.input;
        else if (met < tests.length) process.exitCode = EXIT.short;
      }),
    );
}
