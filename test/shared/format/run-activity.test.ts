import assert from 'node:assert/strict';
import type { RunStatus } from '../../../src/shared/contracts/run-state';
import { runActivity } from '../../../src/shared/format/run-activity';

describe('what a run does now', () => {
  const state = {
    phase: 'reporting' as const,
    updatedAt: '2026-03-01T10:20:30.123Z',
    seedIndex: 0,
    epoch: 80,
    epochs: 80,
    step: 80,
    steps: 80,
  };
  const progress = { message: 'Fitting the linear probe', done: 3, total: 1200, unit: 'fits' };
  const told = (status: RunStatus, more: object = {}) =>
    runActivity({ status, state: { ...state, ...more } });

  it('names what is being fitted or encoded, and how far that is', () => {
    assert.equal(told('reporting', { progress }), 'Fitting the linear probe 3 / 1,200 fits');
    assert.equal(told('reporting'), 'Making the report');
    // Of a version that wrote no words.
    const { message: _, ...older } = progress;
    assert.equal(told('reporting', { progress: older }), 'Making the report 3 / 1,200 fits');
  });

  it('counts epochs while it learns, and nothing once it has ended', () => {
    assert.equal(told('learning', { epoch: 12, progress }), 'Learning 12/80');
    assert.equal(told('done', { progress }), 'Done');
  });

  it('names what is encoded before the first epoch', () => {
    const views = { message: 'Encoding images', done: 300, total: 1024, unit: 'images' };
    assert.equal(told('learning', { epoch: 0, progress: views }), 'Encoding images 300 / 1,024 images');
    assert.equal(told('learning', { epoch: 0 }), 'Learning 0/80');
  });

  it('shows text of a file as text', () => {
    assert.equal(
      told('reporting', { progress: { ...progress, message: 'a\u001b[31m' } }),
      'a\\u001b[31m 3 / 1,200 fits',
    );
  });
});
