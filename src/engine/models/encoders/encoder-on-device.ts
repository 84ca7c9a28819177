import { isDeviceFault } from '../../runtime/device-fault';
import type { Device } from '../../runtime/session';

export interface Encoder<Arguments extends unknown[]> {
  encode(...args: Arguments): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * An encoder on a device that goes on with the CPU, and stays there, when the device refuses the graph, is lost or has
 * too little memory.
 * @param onRefused told once, with the reason
 */
export async function encoderOnDevice<Arguments extends unknown[]>(
  device: Device,
  create: (device: Device) => Promise<Encoder<Arguments>>,
  onRefused: (device: Device, reason: string) => void = () => {},
): Promise<Encoder<Arguments>> {
  let fallen: Promise<Encoder<Arguments>> | undefined;
  const fall = (thrown: unknown): Promise<Encoder<Arguments>> => {
    if (device === 'cpu' || !isDeviceFault(thrown)) throw thrown;
    if (fallen === undefined) {
      onRefused(device, thrown.message);
      fallen = create('cpu');
    }
    return fallen;
  };
  const first = await create(device).catch(fall);
  return {
    encode: async (...args) => {
      if (fallen !== undefined) return (await fallen).encode(...args);
      try {
        return await first.encode(...args);
      } catch (thrown) {
        return (await fall(thrown)).encode(...args);
      }
    },
    release: async () => {
      await first.release().catch(() => undefined);
      if (fallen !== undefined && (await fallen) !== first) await (await fallen).release();
    },
  };
}
