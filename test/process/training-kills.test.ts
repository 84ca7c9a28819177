import assert from 'node:assert/strict';
import { buildCommand } from './support/build-command';
import { killTraining } from './support/kill-training';

describe('training', () => {
  it('ends in the bits of an unbroken run after ten kills at random moments', async () => {
    const rounds = await killTraining({ command: buildCommand(), kills: 10, seed: 1, epochs: 60 });
    assert.ok(rounds >= 1);
  });
});
