import type { Command } from 'commander';
import { applyRun } from '../../engine/jobs/apply-run';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { readTextFile } from '../../files/disk/read-text-file';
import { CoopError } from '../../shared/errors';
import { linesOf } from '../../shared/template/parse-prompts';
import { action, type CommonOptions } from '../console/command';
import { findRun } from '../console/find-run';
import { wholeNumber } from '../console/option-values';

interface ApplyOptions extends CommonOptions {
  readonly seed?: number;
}

export function addApply(program: Command): void {
  program
    .command('apply')
    .description('put the learned prompt of a run into its document')
    .argument('[run]', 'run directory, or name of a run in this folder; default: the newest')
    .option('--seed <n>', 'of a run of several seeds; default: the best on dev', wholeNumber)
    .option('--json', 'the change as JSON')
    .addHelpText('after', '\nExample:\n  coop apply pets-16shot')
    .action(
      action<[string | undefined], ApplyOptions>(async (terminal, _work, wanted, { seed }) => {
        const { directory, inputs } = await findRun(wanted);
        const document = inputs.document.path;
        const text = await readTextFile(document, 'template.syntax');
        const place = linesOf(text).find(({ line }) => line.trim() === inputs.replaces);
        if (place === undefined) {
          throw new CoopError(
            'template.syntax',
            `The line “${inputs.replaces}” is no longer in ${document}.`,
            {
              subject: document,
              next: 'Put it back, or write the learned line yourself after “coop runs”.',
            },
          );
        }
        const { line, replaces, contextFile } = await applyRun(directory, seed);
        const start = place.start + place.line.indexOf(replaces);
        await writeFileAtomic(document, text.slice(0, start) + line + text.slice(start + replaces.length));
        terminal.result({ document, line, replaces, contextFile });
        terminal.print(`${document}: “${replaces}” → “${line}”`);
        terminal.print(`Context: ${contextFile}`);
      }),
    );
}
