import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openExperiment } from '../../../src/engine/experiments/read-experiment';

describe('names in an experiment', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-names-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const open = (fields: object) => {
    const file = path.join(folder, 'x.experiment.json');
    const whole = { title: 'T', datasets: [{ name: 'D', images: 'images' }], models: ['m'], ...fields };
    writeFileSync(file, JSON.stringify(whole));
    return openExperiment(file);
  };
  const [two, four] = ['[V:2] {}.', '[V:4] {}.'];

  it('that would be one row or column of a table are refused', async () => {
    for (const [fields, message] of [
      [
        {
          prompts: [
            { name: 'same', layout: two },
            { name: 'same', layout: four },
          ],
        },
        /several prompts or methods called “same”/,
      ],
      [{ prompts: [{ name: 'GDA', layout: two }], methods: ['gda'] }, /methods called “GDA”/],
      [
        {
          datasets: [
            { name: 'D', images: 'a' },
            { name: 'D', images: 'b' },
          ],
        },
        /data sets or documents called “D, m”/,
      ],
      [{ targets: ['a/photos', 'b/photos'] }, /targets called “photos”/],
      [{ seeds: [1, 2, 1] }, /the seed 1 stands twice/],
    ] as const)
      await assert.rejects(open(fields), { code: 'usage', message });
  });

  it('may be as many as they like where they differ', async () => {
    const { tasks, prompts } = await open({
      models: ['m', 'n'],
      prompts: [two, { name: 'GDA', layout: four }],
      seeds: [1, 2],
    });
    assert.equal(tasks.length, 2);
    assert.deepEqual(
      prompts.map(({ name }) => name),
      [two, 'GDA'],
    );
  });
});
