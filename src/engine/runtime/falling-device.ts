import type { RefusedDevice } from '../../shared/contracts/run';
import { isDeviceFault } from './device-fault';
import { chooseDevice, ladder } from './devices';
import type { Device } from './session';

/** Told when work goes on with another device; the last of `refused` is the one that failed. */
export type OnFall = (device: Device, refused: readonly RefusedDevice[]) => void | Promise<void>;

/**
 * The device that work runs on. When it refuses a graph, is lost or has too little memory, the next usable one of the
 * ladder takes over and stays, the CPU at last: the one rule for scoring, encoding and learning.
 */
export class FallingDevice {
  private falling: Promise<void> | null = null;

  /** @param next the device that takes over from a failed one */
  constructor(
    private current: Device,
    private refusals: readonly RefusedDevice[],
    private readonly onFall: OnFall,
    private readonly next: (failed: Device) => Promise<Device> = nextUsable,
  ) {}

  get device(): Device {
    return this.current;
  }

  /** Every better device, with the reason it is not used (any more). */
  get refused(): readonly RefusedDevice[] {
    return this.refusals;
  }

  /**
   * Runs `work`, and runs it again with the next device when this one fails, until the CPU does.
   * @throws what `work` throws otherwise
   */
  async run<Result>(work: (device: Device) => Promise<Result>): Promise<Result> {
    for (;;) {
      const device = this.current;
      try {
        return await work(device);
      } catch (thrown) {
        if (device === 'cpu' || !isDeviceFault(thrown)) throw thrown;
        await this.fall(device, thrown.message);
      }
    }
  }

  /** Works side by side fail together; the first one's fall is everybody's. */
  private async fall(failed: Device, reason: string): Promise<void> {
    if (this.current !== failed) return;
    this.falling ??= this.goOn(failed, reason).finally(() => {
      this.falling = null;
    });
    await this.falling;
  }

  private async goOn(failed: Device, reason: string): Promise<void> {
    const device = await this.next(failed);
    this.current = device;
    this.refusals = [...this.refusals, { device: failed, reason }];
    await this.onFall(device, this.refusals);
  }
}

async function nextUsable(failed: Device): Promise<Device> {
  const devices = ladder();
  for (const next of devices.slice(devices.indexOf(failed) + 1)) {
    const chosen = await chooseDevice(next, 'float32').catch(() => null);
    if (chosen !== null) return chosen.device;
  }
  return 'cpu';
}
