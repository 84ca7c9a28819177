import { setTimeout as sleep } from 'node:timers/promises';
import { readEvents, readRun } from '../../files/runs/read-run';
import { roundsOf } from '../../shared/contracts/rounds';
import { percent } from '../../shared/format/percent';
import type { Terminal } from './terminal';

/** Follows the run's own files, as any other watcher does. */
export async function watchRun(terminal: Terminal, directory: string, signal: AbortSignal): Promise<void> {
  let from = 0;
  let seeds = 1;
  let epochs = 0;
  while (!signal.aborted) {
    await sleep(200, undefined, { signal }).catch(() => undefined);
    const { events, nextByte } = await readEvents(directory, from);
    from = nextByte;
    for (const event of events) {
      if (event.type === 'warning') terminal.note(`warning: ${event.message}`);
      if (event.type === 'resume') terminal.note(`Resumed at step ${event.step}.`);
      if (event.type !== 'epoch') continue;
      if (epochs === 0) {
        const { inputs } = await readRun(directory);
        epochs = event.epochs ?? roundsOf(inputs.recipe);
        seeds = inputs.recipe.seeds.length;
      }
      const which = seeds > 1 ? `Learning, seed ${event.seed}` : 'Learning';
      const { loss, devAccuracy } = event.figures;
      const told = [
        ...(loss === undefined ? [] : [`loss ${loss.toFixed(3)}`]),
        ...(devAccuracy === undefined ? [] : [`dev ${percent(devAccuracy)}`]),
      ];
      terminal.progress({
        message: which,
        detail: told.join(' · '),
        done: event.epoch,
        total: epochs,
        unit: 'epochs',
      });
    }
  }
}
