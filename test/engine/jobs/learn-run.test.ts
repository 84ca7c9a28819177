import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { learnRun } from '../../../src/engine/jobs/learn-run';
import { RunWriter } from '../../../src/files/runs/run-writer';
import type { RunState } from '../../../src/shared/contracts/run';
import { parseState } from '../../../src/shared/contracts/run-state';
import { CoopError } from '../../../src/shared/errors';
import { useRun } from '../../process/support/use-run';

describe('a process that goes on with a run', () => {
  let directory: string;
  useRun((_, made) => {
    directory = made;
  });
  const stateNow = () => {
    const file = path.join(directory, 'state.json');
    return parseState(readFileSync(file, 'utf8'), file);
  };

  it('has said so before it opens anything: the phase and the rate before were another’s, the place is its own', async () => {
    const before = await RunWriter.open(directory);
    const place = { epoch: 3, step: 12, steps: 200, devAccuracy: 0.5 };
    await before.phase('learning', { ...place, stepsPerSecond: 8, etaSeconds: 40 });
    await before.state({ progress: { done: 3, total: 8, unit: 'images' } });
    await before.close();
    const seen: RunState[] = [];
    await assert.rejects(
      learnRun(
        directory,
        {},
        {
          // Asked for when the run is opened, which is all that this test needs of it.
          get shelf(): never {
            seen.push(stateNow());
            throw new CoopError('cancelled', 'Seen.');
          },
        },
      ),
      { code: 'cancelled' },
    );
    const [{ updatedAt: _, ...state }] = seen as [RunState];
    assert.deepEqual(state, { phase: 'starting', seedIndex: 0, epochs: 200, ...place });
    assert.equal(stateNow().phase, 'stopped');
  });
});
