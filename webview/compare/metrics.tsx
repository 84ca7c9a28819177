import type { ComparedRun } from '../../src/shared/contracts/comparison';
import { roundsOf } from '../../src/shared/contracts/rounds';
import { fullDelta, markedDelta } from '../../src/shared/format/delta';
import { duration } from '../../src/shared/format/duration';
import { percent, percentRange } from '../../src/shared/format/percent';
import { recipeName } from '../../src/shared/format/recipe';
import { type Column, SortableTable } from '../common/sortable-table';
import type { CompareProps } from './compare-props';

/** Figures of all runs on test images. */
export function Metrics({ comparison, send }: Pick<CompareProps, 'comparison' | 'send'>) {
  const { runs, directories } = comparison;
  const [first] = runs;
  const columns: readonly Column<ComparedRun>[] = [
    {
      id: 'run',
      title: 'Run',
      class: 'prompt',
      value: ({ name }) => name,
      cell: run => (
        <>
          <button
            type="button"
            class="link"
            onClick={() => send({ type: 'openReport', directory: directories[runs.indexOf(run)]! })}
          >
            <bdi>{run.name}</bdi>
          </button>
          <code>{run.template}</code>
        </>
      ),
    },
    {
      id: 'shots',
      title: 'Shots',
      explains: 'Training images per class',
      value: ({ recipe }) => recipe.shots,
      cell: ({ recipe }) => recipe.shots,
    },
    {
      id: 'test',
      title: 'Test',
      explains: 'Accuracy on the test images',
      value: ({ test }) => test.value,
      cell: ({ test }) => <span title={percentRange(test.low, test.high)}>{percent(test.value)}</span>,
    },
    {
      id: 'gain',
      title: 'Gain',
      explains: 'On the test images, against the run’s own baseline',
      value: ({ gain }) => gain.difference,
      cell: ({ gain, baseline }) => (
        <span title={`over “${baseline}”: ${fullDelta(gain)}`}>{markedDelta(gain)}</span>
      ),
    },
    {
      id: 'against',
      title: 'Against the first',
      explains: `Paired difference to ${first?.name} on the same test images`,
      value: ({ againstFirst }) => againstFirst?.difference ?? null,
      cell: run => {
        if (run === first) return '–';
        if (run.againstFirst === null) return 'other test images';
        return <span title={fullDelta(run.againstFirst)}>{markedDelta(run.againstFirst)}</span>;
      },
    },
    {
      id: 'dev',
      title: 'Dev',
      explains: 'Accuracy on the dev images, which choose between prompts',
      value: ({ dev }) => dev.value,
      cell: ({ dev }) => percent(dev.value),
    },
    {
      id: 'recipe',
      title: 'Recipe',
      explains: 'What training sees of the images, and how it steps',
      value: ({ recipe }) => recipeName(recipe),
      cell: ({ recipe }) => recipeName(recipe),
    },
    {
      id: 'epochs',
      title: 'Epochs',
      explains: 'Times through all training images',
      value: ({ recipe }) => roundsOf(recipe),
      cell: ({ recipe }) => roundsOf(recipe),
    },
    { id: 'model', title: 'Model', value: ({ model }) => model, cell: ({ model }) => <bdi>{model}</bdi> },
    { id: 'time', title: 'Time', value: ({ seconds }) => seconds, cell: ({ seconds }) => duration(seconds) },
  ];
  return <SortableTable name="metrics" caption="Runs on test images" columns={columns} rows={runs} />;
}
