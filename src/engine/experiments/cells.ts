import type { MethodSpec, SpecChoice } from '../../shared/contracts/method-spec';
import { counted } from '../../shared/format/count';
import { methodOf } from '../methods/methods';
import type { ExperimentPrompt, ExperimentTask, OpenedExperiment } from './read-experiment';

/** One thing to measure: hand-written lines, a fit on image features, or a learned prompt with all its seeds. */
export type Cell = {
  /** For a person, and unique within the experiment. */
  readonly title: string;
  readonly task: ExperimentTask;
} & (
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'method'; readonly spec: MethodSpec }
  | { readonly kind: 'prompt'; readonly prompt: ExperimentPrompt; readonly recipe: SpecChoice }
);

/** The cells of an experiment, those that others are compared with first. */
export function cellsOf({ spec, tasks, prompts, methods, shots, seeds }: OpenedExperiment): Cell[] {
  const { recipe = {}, lines = [] } = spec;
  const several = new Set(tasks.map(({ model }) => model)).size > 1;
  return tasks.flatMap((task): Cell[] => {
    const place = several ? `${task.dataset}, ${task.model}` : task.dataset;
    return [
      { kind: 'lines', title: `${place}: hand-written`, task, lines },
      ...shots.flatMap((count): Cell[] => [
        ...methods.map(method => ({
          kind: 'method' as const,
          title: `${place}: ${methodOf({ method, shots: count, seeds }).title}, ${counted(count, 'shot')}`,
          task,
          spec: { method, shots: count, seeds },
        })),
        ...prompts.map(prompt => ({
          kind: 'prompt' as const,
          title: `${place}: ${prompt.name}, ${counted(count, 'shot')}`,
          task,
          prompt,
          recipe: {
            ...recipe,
            method: prompt.method,
            ...(prompt.lambda === undefined ? {} : { lambda: prompt.lambda }),
            shots: count,
            seeds,
          },
        })),
      ]),
    ];
  });
}
