import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { missingAxes } from '../../../src/engine/experiments/missing-axes';
import { openExperiment } from '../../../src/engine/experiments/read-experiment';
import { EXPERIMENT_ENDING } from '../../../src/files/experiments/results-folder';
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

  it('ask for no figure that their grids have no axis for', async () => {
    const folder = path.join(root, 'media/experiments');
    for (const file of readdirSync(folder).filter(each => each.endsWith(EXPERIMENT_ENDING)))
      assert.deepEqual(
        missingAxes(await openExperiment(path.join(folder, file), { data: folder })),
        [],
        file,
      );
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
