import assert from 'node:assert/strict';
import { checkpointOf, progressOf, type RunProgress } from '../../../src/engine/jobs/run-progress';

const vectors = (...values: number[]) => Float32Array.from(values);
const PROGRESS: RunProgress = {
  learned: [{ kind: 'context', tensors: new Map([['context', vectors(1, 2)]]), figures: { loss: 0.25 } }],
  saved: {
    tensors: new Map([
      ['context', vectors(3, 4)],
      ['momentum', vectors(5, 6)],
    ]),
    figures: { step: 5, epochLoss: 0.5, lastEpochLoss: 2.5 },
  },
  threads: 2,
  device: 'cpu',
  exact: false,
  resumes: 3,
  seconds: 12.5,
};

function written(progress: RunProgress) {
  const { tensors, metadata } = checkpointOf(progress);
  return {
    tensors: new Map([...tensors].map(([name, { data }]) => [name, data as Float32Array])),
    metadata,
  };
}

describe('where a run is', () => {
  it('comes back from its checkpoint, how it came about included', () => {
    assert.deepEqual(progressOf(written(PROGRESS), 'run'), PROGRESS);
    const between = { ...PROGRESS, saved: null };
    assert.deepEqual(progressOf(written(between), 'run'), between);
  });

  it('is read from checkpoints of version 0.1', () => {
    const { tensors } = written(PROGRESS);
    tensors.set('done.0', tensors.get('done.0.context')!);
    tensors.delete('done.0.context');
    const progress = JSON.stringify({
      seedIndex: 1,
      threads: 2,
      device: 'cpu',
      losses: [0.25],
      step: 5,
      epochLoss: 0.5,
      lastEpochLoss: 2.5,
    });
    assert.deepEqual(progressOf({ tensors, metadata: { progress } }, 'run'), {
      ...PROGRESS,
      exact: true,
      resumes: 0,
      seconds: 0,
    });
  });

  it('is refused when it does not fit together', () => {
    const { tensors, metadata } = written(PROGRESS);
    const refused = (changed: Parameters<typeof progressOf>[0]) =>
      assert.throws(() => progressOf(changed, 'run'), { code: 'run.corrupt', subject: 'run' });
    refused({ tensors: new Map([...tensors].filter(([name]) => name !== 'done.0.context')), metadata });
    refused({ tensors: new Map([...tensors, ['done.1.context', vectors(1)]]), metadata });
    refused({ tensors, metadata: {} });
    for (const text of ['', '{', 'null', '[]', '{"threads":1}'])
      refused({ tensors, metadata: { progress: text } });
    const facts = JSON.parse(metadata['progress']!) as Record<string, unknown>;
    for (const wrong of [
      { learned: [] },
      { learned: [{ kind: 'magic', figures: {} }] },
      { figures: { step: null } },
      { resumes: -1 },
      { exact: 'yes' },
      { threads: 0 },
    ])
      refused({ tensors, metadata: { progress: JSON.stringify({ ...facts, ...wrong }) } });
  });
});
