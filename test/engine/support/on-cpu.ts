import type { LearnIo } from '../../../src/engine/methods/parts/method';
import { FallingDevice } from '../../../src/engine/runtime/falling-device';

/** What a method is given that nobody watches. */
export const onCpu: LearnIo = {
  device: new FallingDevice('cpu', [], () => undefined),
  threads: 1,
  onStep: () => undefined,
  onEpoch: async () => undefined,
  onCheckpoint: async () => undefined,
};
