import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readEvents, readRun } from '../../../src/files/runs/read-run';
import { RunWriter } from '../../../src/files/runs/run-writer';
import { RunFixture } from '../../process/support/run-fixture';

describe('the files of a run are read as they were written', () => {
  let fixture: RunFixture;
  beforeEach(() => {
    fixture = new RunFixture();
  });
  afterEach(() => fixture.dispose());

  it('also why better devices were not chosen, from run.json to event and state', async () => {
    const refused = [
      { device: 'cuda', reason: 'no CUDA device is here' },
      { device: 'webgpu', reason: 'größer 猫' },
    ];
    const directory = await fixture.create({ refused });
    const { inputs } = await readRun(directory);
    assert.deepEqual(inputs.refused, refused);
    const writer = await RunWriter.open(directory);
    await writer.event({ type: 'device', device: inputs.device, refused: inputs.refused ?? [] });
    await writer.phase('learning', { refused: inputs.refused ?? [] });
    await writer.close();
    const [event] = (await readEvents(directory)).events;
    assert.deepEqual(event!.type === 'device' && event!.refused, refused);
    assert.deepEqual((await readRun(directory)).state.refused, refused);
  });

  it('and nothing is written that would not be read', async () => {
    const later = { later: 1 } as object;
    const directory = await fixture.create(later);
    const text = (name: string) => readFileSync(path.join(directory, name), 'utf8');
    assert.doesNotMatch(text('run.json'), /later/);
    const writer = await RunWriter.open(directory);
    await writer.phase('learning', later);
    await writer.event({ type: 'checkpoint', step: 1, ...later });
    await assert.rejects(writer.phase('learning', { step: -1 }).then(() => writer.close()));
    await writer.close().catch(() => undefined);
    assert.doesNotMatch(text('state.json') + text('events.jsonl'), /later/);
    assert.equal((await readRun(directory)).state.step, 0);
  });
});
