import { type Command, Option } from 'commander';
import { scoreLines, scoreTargets } from '../../engine/jobs/score-lines';
import { targetFolders } from '../../engine/task/open-project';
import { scorableLines } from '../../engine/task/prompt-lines';
import type { LineScore, ScoredPart } from '../../shared/contracts/protocol';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import { markedDelta } from '../../shared/format/delta';
import { duration } from '../../shared/format/duration';
import { pValue } from '../../shared/format/p-value';
import { percent, percentRange } from '../../shared/format/percent';
import { action, type CommonOptions } from '../console/command';
import { EXIT } from '../console/exit-code';
import { targetHead } from '../console/print-target';
import { readDocument } from '../console/read-document';
import { type ComputeOptions, DEVICE_OPTION, precisionOption, shelfOn } from '../console/shelf-on';
import { textTable } from '../console/text-table';

interface ScoreOptions extends CommonOptions, ComputeOptions {
  readonly line?: readonly string[];
  readonly part?: ScoredPart;
  readonly on?: readonly string[];
}

export function addScore(program: Command): void {
  program
    .command('score')
    .description(
      'accuracy of every template and ensemble of a document on its dev images, and on its @targets',
    )
    .argument('<file>', '.prompts file')
    .option('--line <template...>', 'score these lines instead of the document’s')
    .addOption(
      new Option('--part <name>', 'images to score on: dev, test (which only reports should read) or all')
        .choices(['dev', 'test', 'all'])
        .default('dev'),
    )
    .option(
      '--on <folder...>',
      'also score on these whole folders of the same classes; default: the document’s @targets',
    )
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .option('--json', 'the whole result as JSON')
    .addHelpText('after', '\nExample:\n  coop score pets.prompts --line "a photo of a {}, a type of pet."')
    .action(
      action<[string], ScoreOptions>(async (terminal, work, file, options) => {
        const project = await readDocument(terminal, file);
        const { problems, baseline } = project.document;
        const lines = options.line ?? scorableLines(project.document).map(({ line }) => line);
        if (lines.length === 0) {
          throw new CoopError('template.syntax', `${file} has no template that can be scored.`, {
            subject: file,
            next: 'Write one, such as “a photo of a {}.”.',
          });
        }
        const shelf = shelfOn(work, options);
        const { part = 'dev' } = options;
        const folders = targetFolders(project, options.on);
        // Folders are looked at before anything is encoded.
        const request = { project, lines, shelf, part };
        const targets = folders.length === 0 ? [] : await scoreTargets(request, folders, work);
        const result = await scoreLines(request, work);
        terminal.endProgress();
        for (const warning of result.warnings) terminal.note(`warning: ${warning}`);
        terminal.result({ ...result, ...(targets.length === 0 ? {} : { targets }) });
        terminal.print([
          `${counted(lines.length, 'line')} on ${counted(result.images, part === 'all' ? 'image' : `${part} image`)} · ${duration(result.seconds)}`,
          '',
        ]);
        terminal.print(scoreTable(result.scores, baseline?.line ?? null));
        for (const target of targets)
          terminal.print(['', targetHead(target), '', ...scoreTable(target.scores, baseline?.line ?? null)]);
        if (problems.some(({ severity }) => severity === 'error') || result.scores.some(s => !s.result.ok))
          process.exitCode = EXIT.input;
      }),
    );
}

function scoreTable(scores: readonly LineScore[], baseline: string | null): readonly string[] {
  return textTable(
    [
      { title: 'template' },
      { title: 'accuracy', align: 'right' },
      { title: '95 % interval', align: 'right' },
      { title: 'against the baseline', align: 'right' },
      { title: '' },
    ],
    scores.map(({ line, result }) => {
      if (!result.ok) return [line, '–', '', '', result.error.message];
      const { accuracy, delta } = result;
      const change = line === baseline ? 'baseline' : delta === null ? '' : markedDelta(delta);
      return [
        line,
        percent(accuracy.value),
        percentRange(accuracy.low, accuracy.high),
        change,
        delta === null ? '' : pValue(delta.p),
      ];
    }),
  );
}
