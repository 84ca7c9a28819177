import { TaskShelf } from '../../engine/task/task-shelf';
import type { Work } from '../../engine/task/work';

/** Arguments of commander's `option`, for every command that computes. */
export const DEVICE_OPTION = [
  '--device <name>',
  'auto (default), cpu, webgpu, cuda, dml, coreml or tensorflow',
] as const;

/** Tasks on the device a command asks for, the best one by default; a device that fails is named, and the next one goes on. */
export function shelfOn({ onWarning }: Work, device = 'auto'): TaskShelf {
  return new TaskShelf({ device, onWarning });
}
