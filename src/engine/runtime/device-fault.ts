import { CoopError } from '../../shared/errors';

const OUT_OF_MEMORY = /out of memory|OutOfMemory|bad_alloc|failed to allocate|allocation failed|\bOOM\b/i;

/** What onnxruntime said while it ran on a device, as an error a person can act on. */
export function deviceFault(device: string, cause: unknown): CoopError {
  if (cause instanceof CoopError) return cause;
  const said = (cause as Error).message.replace(/\s+/g, ' ').slice(0, 400);
  if (OUT_OF_MEMORY.test(said))
    return new CoopError('device.memory', `The memory of ${device} is not enough: ${said}`, {
      cause,
      subject: device,
      next: 'Close other programs that use it, or choose another device.',
    });
  return new CoopError('device.lost', `${device} stopped working: ${said}`, {
    cause,
    subject: device,
    next: 'Choose another device, or restart the machine’s graphics driver.',
  });
}

/** Whether another device may succeed where this error came from. */
export function isDeviceFault(thrown: unknown): thrown is CoopError {
  return (
    thrown instanceof CoopError &&
    (thrown.code === 'device.lost' || thrown.code === 'device.memory' || thrown.code === 'device.unavailable')
  );
}
