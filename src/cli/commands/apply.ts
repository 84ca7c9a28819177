import type { Command } from 'commander';
import { applyRun } from '../../engine/jobs/apply-run';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { readTextFile } from '../../files/disk/read-text-file';
import { learnedEnsemble, learnedLine } from '../../files/runs/learned-line';
import { learnedLineEdit } from '../../shared/template/learned-line-edit';
import { action, type CommonOptions } from '../console/command';
import { findRun } from '../console/find-run';
import { wholeNumber } from '../console/option-values';

interface ApplyOptions extends CommonOptions {
  readonly ensemble?: boolean;
  readonly seed?: number;
}

export function addApply(program: Command): void {
  program
    .command('apply')
    .description('put the learned prompt of a run into its document')
    .argument('[run]', 'run directory, or name of a run in this folder; default: the newest')
    .option('--seed <n>', 'of a run of several seeds; default: the best on dev', wholeNumber)
    .option('--ensemble', 'of a run that learned words: all lines it found, as an ensemble')
    .option('--json', 'the change as JSON')
    .addHelpText('after', '\nExample:\n  coop apply pets-16shot')
    .action(
      action<[string | undefined], ApplyOptions>(async (terminal, _work, wanted, { seed, ensemble }) => {
        const { directory, inputs } = await findRun(wanted);
        const document = inputs.document.path;
        const text = await readTextFile(document, 'template.syntax');
        const edit = learnedLineEdit(
          text,
          inputs,
          ensemble === true
            ? await learnedEnsemble(directory, inputs, seed)
            : await learnedLine(directory, inputs, seed),
        );
        const { contextFile } = await applyRun(directory, seed);
        const { line, replaces } = edit;
        if (edit.text !== '')
          await writeFileAtomic(document, text.slice(0, edit.start) + edit.text + text.slice(edit.end));
        terminal.result({ document, line, replaces, contextFile });
        if (edit.text === '') terminal.print(`${document}: “${line}” stands there already`);
        else terminal.print(`${document}: ${replaces === null ? 'new line' : `“${replaces}” →`} “${line}”`);
        if (contextFile !== null) terminal.print(`Context: ${contextFile}`);
      }),
    );
}
