import assert from 'node:assert/strict';
import type { Cell } from '../../../src/engine/experiments/cells';
import { RemainingTime } from '../../../src/engine/experiments/remaining-time';
import type { CellState } from '../../../src/engine/experiments/run-experiment';

describe('the time left of an experiment', () => {
  const waiting = (seconds: number): CellState => ({
    cell: {} as Cell,
    status: 'waiting',
    seconds,
    bytes: 0,
  });
  const failed: CellState = {
    cell: {} as Cell,
    status: 'failed',
    error: { code: 'usage', message: 'It is not there.' },
  };
  /** After `elapsed` seconds, `ended` of ten cells of 100 s that go two side by side. */
  const left = (elapsed: number, ended: number) => {
    const cells = Array.from({ length: 10 }, () => waiting(100));
    let now = 0;
    const time = new RemainingTime({ cells, seconds: 500 }, () => now);
    now = elapsed * 1000;
    return time.left(cells.map((cell, at) => (at < ended ? failed : cell))).secondsLeft;
  };

  it('is the plan’s at first, and never below nothing', () => {
    assert.deepEqual([left(0, 0), left(100, 0), left(600, 0)], [500, 400, 0]);
  });

  it('is the plan’s where the plan is right', () => {
    assert.ok(Math.abs(left(50, 1) - 450) < 1e-9);
    assert.ok(Math.abs(left(450, 9) - 50) < 1e-9);
  });

  it('does not trust one slow cell, and follows many', () => {
    // Eight times as slow as planned.
    assert.ok(left(400, 1) < 0.4 * 8 * 450, String(left(400, 1)));
    assert.ok(left(3600, 9) > 0.7 * 8 * 50, String(left(3600, 9)));
  });

  it('is nothing where nothing is left', () => {
    assert.equal(left(10, 10), 0);
    assert.equal(new RemainingTime({ cells: [failed], seconds: 0 }).left([failed]).secondsLeft, 0);
  });
});
