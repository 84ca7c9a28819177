import assert from 'node:assert/strict';
import path from 'node:path';
import { openExperiment } from '../../../src/engine/experiments/read-experiment';
import type { CoopError } from '../../../src/shared/errors';
import { root } from '../../support/root';

describe('experiments that come with the product', () => {
  it('are opened by their name, with the data sets below a folder', async () => {
    const data = path.join(root, 'out/nowhere');
    const { name, tasks, shots } = await openExperiment('paper-fig3', { data });
    assert.equal(name, 'paper-fig3');
    assert.deepEqual(shots, [1, 2, 4, 8, 16]);
    assert.equal(new Set(tasks.map(({ dataset }) => dataset)).size, 11);
  });

  it('are named where none is called as asked', async () => {
    await assert.rejects(
      openExperiment('paper-fig33'),
      ({ code, message, next }: CoopError) =>
        code === 'usage' &&
        message.includes('paper-fig33') &&
        /base-to-new, paper-fig3, .*paper-table5/.test(next ?? ''),
    );
    // A path is a file that is missing.
    await assert.rejects(openExperiment('./gone/paper-fig3.experiment.json'), { code: 'file.access' });
  });
});
