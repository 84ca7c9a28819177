import assert from 'node:assert/strict';
import type { RunState } from '../../../src/shared/contracts/run';
import { canResume } from '../../../src/shared/contracts/run-status';
import type { ErrorCode } from '../../../src/shared/errors';

describe('resuming', () => {
  const state = (code?: ErrorCode): RunState => ({
    phase: 'failed',
    updatedAt: '2026-03-01T10:20:30.123Z',
    seedIndex: 0,
    epoch: 0,
    epochs: 50,
    step: 0,
    steps: 0,
    ...(code === undefined ? {} : { error: { code, message: 'm' } }),
  });

  it('is offered for what was stopped or died, and where the cause can go', () => {
    assert.ok(canResume({ status: 'stopped', state: state() }));
    assert.ok(canResume({ status: 'interrupted', state: state() }));
    for (const code of ['disk.full', 'images.folder', 'device.lost', 'internal'] as const)
      assert.ok(canResume({ status: 'failed', state: state(code) }), code);
  });

  it('is not offered where the same run meets the same error, nor while it works', () => {
    for (const code of ['template.tooLong', 'run.changed', 'run.corrupt', 'split.tooSmall'] as const)
      assert.ok(!canResume({ status: 'failed', state: state(code) }), code);
    assert.ok(!canResume({ status: 'learning', state: state() }));
    assert.ok(!canResume({ status: 'done', state: state() }));
  });
});
