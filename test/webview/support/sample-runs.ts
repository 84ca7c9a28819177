import { defaultRecipe } from '../../../src/engine/methods/coop/default-recipe';
import type { RunSnapshot } from '../../../src/shared/contracts/protocol';
import type { RecipeName } from '../../../src/shared/contracts/recipes';
import { roundsOf } from '../../../src/shared/contracts/rounds';
import type { RunEvent, RunStatus } from '../../../src/shared/contracts/run';

export interface RunOptions {
  readonly name?: string;
  readonly status?: RunStatus;
  readonly epochs?: number;
  readonly recipe?: RecipeName;
}

export function sampleRun({
  name = 'demo-16shot',
  status = 'done',
  epochs = 50,
  recipe = 'cached',
}: RunOptions = {}): RunSnapshot {
  const spec = defaultRecipe({ name: recipe, epochs: 50 });
  const time = '2026-03-01T10:20:30.123Z';
  const events: RunEvent[] = [
    { type: 'baseline', time, devAccuracy: 0.62, devCount: 171 },
    ...Array.from(
      { length: epochs },
      (_, at): RunEvent => ({
        type: 'epoch',
        time,
        seed: 1,
        epoch: at + 1,
        step: (at + 1) * 4,
        figures: {
          loss: 2 * Math.exp(-at / (12 + name.length)) + 0.3,
          learningRate: 0.001 * (1 + Math.cos((Math.PI * at) / epochs)),
          devAccuracy: 0.62 + 0.2 * (1 - Math.exp(-at / (5 + name.length))),
          stepsPerSecond: 8 + Math.sin(at),
        },
      }),
    ),
  ];
  return {
    summary: {
      directory: `/runs/${name}`,
      status,
      hasReport: status === 'done',
      inputs: {
        format: 1,
        id: name,
        name,
        createdAt: time,
        version: '0.1.0',
        document: { path: '/home/me/demo.prompts', text: '' },
        template: '[V:16] {}.',
        replaces: '[V:16] {}.',
        baseline: 'a photo of a {}.',
        recipe: spec,
        device: 'cpu',
        threads: 2,
        hashes: { model: '', dataset: '', classes: '' },
        command: '',
      },
      state: {
        phase: status === 'interrupted' ? 'learning' : status,
        updatedAt: time,
        seedIndex: 0,
        epoch: epochs,
        epochs: roundsOf(spec),
        step: epochs * 4,
        steps: 200,
        devAccuracy: 0.79,
        baselineDevAccuracy: 0.62,
        stepsPerSecond: 8.2,
        etaSeconds: 40,
        device: 'cpu',
        refused: [
          { device: 'cuda', reason: 'libcudart.so.12 was not found.' },
          { device: 'webgpu', reason: 'No Vulkan driver was found.' },
        ],
        ...(status === 'failed'
          ? {
              error: {
                code: 'disk.full',
                message: 'The disk is full.',
                next: 'Free some space, then resume.',
              },
            }
          : {}),
      },
    },
    events,
  };
}
