import { ModelShelf } from '../../engine/models/shelf/opened-model';
import type { Terminal } from './terminal';

/** Arguments of commander's `option`, for every command that computes. */
export const DEVICE_OPTION = [
  '--device <name>',
  'auto (default), cpu, webgpu, cuda, dml, coreml or tensorflow',
] as const;

/** Models on the device a command asks for, the best one by default; a device that fails is named, and the CPU goes on. */
export function shelfOn(terminal: Terminal, device = 'auto'): ModelShelf {
  return new ModelShelf({
    device,
    onRefused: (name, reason) => terminal.note(`warning: ${name} failed, the CPU goes on. ${reason}`),
  });
}
