import { Option } from 'commander';
import { deviceNamed } from '../../engine/runtime/devices';
import { TaskShelf } from '../../engine/task/task-shelf';
import type { Work } from '../../engine/task/work';
import { PRECISIONS, type Precision } from '../../shared/contracts/precision';

/** Arguments of commander's `option`, for every command that computes. */
export const DEVICE_OPTION = [
  '--device <name>',
  'auto (default), cpu, webgpu, cuda, dml, coreml or tensorflow',
] as const;

/** For every command whose numbers it is a part of; what is written for other programs is always of float32 weights. */
export const precisionOption = () =>
  new Option(
    '--precision <name>',
    'how weights are held: float16 takes half the memory; sums are float32 in either; default float32',
  ).choices(PRECISIONS);

export interface ComputeOptions {
  readonly device?: string | undefined;
  readonly precision?: Precision;
}

/**
 * Tasks on the device a command asks for, the best one by default; a device that fails is named, and the next one goes on.
 * @throws CoopError `usage` for a name of no device: now, and not with every line that is scored
 */
export function shelfOn({ onWarning }: Work, { device = 'auto', precision }: ComputeOptions): TaskShelf {
  if (device !== 'auto') deviceNamed(device);
  return new TaskShelf({ device, precision, onWarning });
}
