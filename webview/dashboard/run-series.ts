import type { RunSnapshot } from '../../src/shared/contracts/protocol';
import type { RunEvent } from '../../src/shared/contracts/run';

export type EpochEvent = Extract<RunEvent, { readonly type: 'epoch' }>;

/** As many as there are colours to tell them apart. */
export const MAX_SERIES = 6;

/** One run's curves. Seeds follow each other. */
export interface RunSeries {
  readonly name: string;
  readonly epochs: readonly EpochEvent[];
  /** Dev accuracy of the baseline, 0…1. */
  readonly baseline: number | undefined;
}

export function seriesOf({ summary, events }: RunSnapshot): RunSeries {
  return {
    name: summary.inputs.name,
    epochs: events.filter(event => event.type === 'epoch'),
    baseline: events.findLast(event => event.type === 'baseline')?.devAccuracy,
  };
}
