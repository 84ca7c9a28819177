import type { Command } from 'commander';
import { judgeSuggestion } from '../../engine/jobs/judge-suggestion';
import { suggestLines } from '../../engine/jobs/suggest-lines';
import { readProject } from '../../engine/task/open-project';
import type { SuggestResult } from '../../shared/contracts/suggest';
import { CoopError } from '../../shared/errors';
import { counted } from '../../shared/format/count';
import { fullDelta } from '../../shared/format/delta';
import { duration } from '../../shared/format/duration';
import { ensembleImages } from '../../shared/format/ensemble-images';
import { pValue } from '../../shared/format/p-value';
import { percent } from '../../shared/format/percent';
import { points } from '../../shared/format/points';
import { selectionNotes } from '../../shared/format/selection-notes';
import { chosenSuggestion } from '../../shared/verdicts/chosen-suggestion';
import { action, type CommonOptions } from '../console/command';
import { wholeNumber, wordCount } from '../console/option-values';
import { type ComputeOptions, DEVICE_OPTION, precisionOption, shelfOn } from '../console/shelf-on';
import { textTable } from '../console/text-table';

interface SuggestOptions extends CommonOptions, ComputeOptions {
  readonly line?: string;
  readonly words?: number;
  readonly top?: number;
}

const TOP = 12;

export function addSuggest(program: Command): void {
  program
    .command('suggest')
    .description(
      'try the published templates and every single edit of a line on dev images; the best on test',
    )
    .argument('<file>', '.prompts file')
    .option('--line <template or number>', 'what to improve, or where it stands; default: the baseline')
    .option('--words <n>', 'also put in the n most common English words', wordCount)
    .option('--top <n>', `suggestions to list; default ${TOP}`, wholeNumber)
    .option(...DEVICE_OPTION)
    .addOption(precisionOption())
    .option('--json', 'the whole result as JSON')
    .addHelpText('after', '\nExample:\n  coop suggest pets.prompts --line 5')
    .action(
      action<[string], SuggestOptions>(async (terminal, work, file, options) => {
        const project = await readProject(file);
        const { words } = options;
        const line = options.line === undefined ? undefined : lineOf(project.text, options.line, file);
        const request = {
          ...(line === undefined ? {} : { line }),
          ...(words === undefined ? {} : { words }),
        };
        const shelf = shelfOn(work, options);
        let best = Number.NEGATIVE_INFINITY;
        const result = await suggestLines(project, request, shelf, work, scored => {
          for (const { line: found, difference } of scored) {
            if (difference <= Math.max(0, best)) continue;
            best = difference;
            terminal.note(`${points(difference)} on dev: ${found}`);
          }
        });
        const chosen = chosenSuggestion(result);
        const judged =
          chosen === null
            ? null
            : await judgeSuggestion(
                project,
                { ...request, lines: chosen, compared: result.compared },
                shelf,
                work,
              );
        terminal.endProgress();
        for (const warning of result.warnings) terminal.note(`warning: ${warning}`);
        terminal.result({ ...result, chosen, judged });
        terminal.print([
          `${counted(result.compared, 'line or ensemble', 'lines and ensembles')} compared with “${result.base.line}” (${percent(result.base.accuracy.value)}) on ${counted(result.images, 'dev image')} · ${duration(result.seconds)}`,
          '',
        ]);
        terminal.print(table(result, options.top ?? TOP));
        terminal.print();
        if (chosen === null || judged === null) {
          terminal.print('None is better than the line as it is.');
          return;
        }
        const named = chosen.length === 1 ? `“${chosen[0]!}”` : `The ensemble of ${chosen.length}`;
        terminal.print(
          `${named} on test images: ${percent(judged.accuracy.value)}, ${fullDelta(judged.delta)}.`,
        );
        terminal.print(selectionNotes(judged.selection, judged.delta.difference));
      }),
    );
}

function table({ suggestions, ensemble, images }: SuggestResult, top: number): readonly string[] {
  const row = (
    text: string,
    { accuracy, difference, p }: { accuracy: number; difference: number; p: number },
  ) => [text, percent(accuracy), points(difference), pValue(p)];
  return textTable(
    [
      { title: 'line' },
      { title: 'dev', align: 'right' },
      { title: 'gain', align: 'right' },
      { title: 'p' },
      // Corrected for every line that was tried, of which these are a few.
      { title: 'p, best of all lines' },
      { title: '' },
    ],
    [
      ...suggestions
        .slice(0, top)
        .map(each => [...row(each.line, each), pValue(each.adjustedP), each.source]),
      ...(ensemble === null
        ? []
        : [
            [
              ...row(`ensemble of ${ensemble.lines.length}:`, ensemble),
              '',
              `forward selection${ensembleImages(ensemble.images, images)}`,
            ],
            ...ensemble.lines.map(line => [`  ${line}`]),
          ]),
    ],
  );
}

/** A template, or the one on a line of the document. */
function lineOf(text: string, asked: string, file: string): string {
  if (!/^\d+$/.test(asked)) return asked;
  const line = text.split(/\r\n|\n|\r/)[Number(asked) - 1]?.trim();
  if (line !== undefined && line !== '') return line;
  throw new CoopError('usage', `${file} has nothing on line ${asked}.`, {
    subject: file,
    next: 'Give the number of a line with a template, or the template itself.',
  });
}
