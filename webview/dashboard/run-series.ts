import { beginningAt } from '../../src/shared/contracts/fast-recipe';
import type { RunSpec } from '../../src/shared/contracts/method-spec';
import type { RunSnapshot } from '../../src/shared/contracts/protocol';
import { roundsOf } from '../../src/shared/contracts/rounds';
import type { RunEvent } from '../../src/shared/contracts/run';

export type EpochEvent = Extract<RunEvent, { readonly type: 'epoch' }>;

/** As many as there are colours to tell them apart. */
export const MAX_SERIES = 6;

/** One run's curves. Seeds follow each other. */
export interface RunSeries {
  readonly name: string;
  readonly epochs: readonly EpochEvent[];
  /** Of each epoch, the number of the piece of the curve that it belongs to: what begins anew is not joined to what was before. */
  readonly pieces: readonly number[];
  /** Dev accuracy of the baseline, 0…1. */
  readonly baseline: number | undefined;
}

export function seriesOf({ summary: { inputs }, events }: RunSnapshot): RunSeries {
  const epochs = events.filter(event => event.type === 'epoch');
  return {
    name: inputs.name,
    epochs,
    pieces: piecesOf(epochs, inputs.recipe),
    baseline: events.findLast(event => event.type === 'baseline')?.devAccuracy,
  };
}

/** Seeds have a curve each, and so has each beginning of the recipe `fast`. */
function piecesOf(epochs: readonly EpochEvent[], recipe: RunSpec): readonly number[] {
  const ofCurve = ({ seed, epoch, epochs: total = roundsOf(recipe) }: EpochEvent) =>
    `${seed} ${beginningAt(epoch, total, recipe)}`;
  let piece = 0;
  return epochs.map((event, at) => {
    if (at > 0 && ofCurve(epochs[at - 1]!) !== ofCurve(event)) piece += 1;
    return piece;
  });
}
