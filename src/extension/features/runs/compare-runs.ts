import type { ComparedRun } from '../../../shared/contracts/comparison';
import { CoopError } from '../../../shared/errors';
import { fullDelta, markedDelta } from '../../../shared/format/delta';
import { duration } from '../../../shared/format/duration';
import { percent, percentRange } from '../../../shared/format/percent';
import type { EngineClient } from '../../services/engine-client';
import { directoriesOf } from '../../services/run-of';
import type { RunWatcher } from '../../services/run-watcher';
import type { TextDocuments } from '../../services/text-documents';
import { pickRuns } from './pick-runs';

/** Compare Runs: finished runs as one table, with the paired difference where the test images are the same. */
export async function compareRuns(
  engine: EngineClient,
  watcher: RunWatcher,
  texts: TextDocuments,
  given: readonly unknown[],
): Promise<readonly ComparedRun[] | undefined> {
  await watcher.refresh();
  const finished = watcher.runs.filter(({ hasReport }) => hasReport);
  if (finished.length < 2)
    throw new CoopError('run.missing', 'There are not two finished runs to compare.', {
      next: 'Learn another prompt first.',
    });
  const named = directoriesOf(given);
  const directories =
    named.length > 1
      ? named
      : (await pickRuns(finished, 'Runs to compare; the first is compared with')).map(run => run.directory);
  if (directories.length === 0) return undefined;
  const { runs } = await engine.request('run/compare', { directories });
  await texts.show('Compared runs', table(runs));
  return runs;
}

/** Markdown; names and templates stand in code spans. */
function table(runs: readonly ComparedRun[]): string {
  const code = (text: string) => `\`${text.replaceAll('`', 'ˋ').replaceAll('|', '\\|')}\``;
  const [first] = runs;
  const rows = runs.map(run => {
    const { recipe, dev, test, gain, againstFirst } = run;
    const against =
      run === first ? '' : againstFirst === null ? 'other test images' : markedDelta(againstFirst);
    const cells = [
      code(run.name),
      code(run.template),
      `${recipe.shots}`,
      recipe.views === undefined ? recipe.name : `${recipe.name} (${recipe.views})`,
      `${recipe.epochs}`,
      code(run.model),
      percent(dev.value),
      `${percent(test.value)} (${percentRange(test.low, test.high)})`,
      `${markedDelta(gain)} over ${code(run.baseline)}`,
      against,
      duration(run.seconds),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const paired = runs.flatMap(({ name, againstFirst }) =>
    againstFirst === null
      ? []
      : [
          `- ${code(name)} against ${code(first!.name)}: ${fullDelta(againstFirst)}, ${againstFirst.fixed} images fixed, ${againstFirst.broken} broken`,
        ],
  );
  return [
    '# Compared runs\n',
    'Accuracies on test images, of the first seed.\n',
    `| run | template | shots | recipe | epochs | model | dev | test | gain | against ${code(first!.name)} | time |`,
    '|---|---|---:|---|---:|---|---:|---:|---|---|---:|',
    ...rows,
    ...(paired.length === 0 ? [] : ['\n## On the same images\n', ...paired]),
    '',
  ].join('\n');
}
