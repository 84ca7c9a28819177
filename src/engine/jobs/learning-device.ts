import type { RefusedDevice } from '../../shared/contracts/run';
import type { StepRunner } from '../methods/coop/step-runner';
import { isDeviceFault } from '../runtime/device-fault';
import { chooseDevice, ladder } from '../runtime/devices';
import type { Device } from '../runtime/session';

export interface LearningDeviceOptions {
  readonly device: Device;
  readonly refused: readonly RefusedDevice[];
  readonly createRunner: (batch: number, device: Device) => Promise<StepRunner>;
  /** Told when the run goes on with another device. */
  readonly onFall: (device: Device, refused: readonly RefusedDevice[]) => Promise<void>;
}

/** The device a run learns on, with its compiled steps; another one takes over when it fails. */
export class LearningDevice {
  private current: Device;
  private refusals: readonly RefusedDevice[];
  private readonly runners = new Map<number, StepRunner>();

  constructor(private readonly options: LearningDeviceOptions) {
    this.current = options.device;
    this.refusals = options.refused;
  }

  get device(): Device {
    return this.current;
  }

  /**
   * Runs `work` with steps of `batch` images; again with the next device's when the device fails, until the CPU does.
   * @throws what `work` throws otherwise
   */
  async run<Result>(batch: number, work: (runner: StepRunner) => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await work(await this.runner(batch));
      } catch (thrown) {
        if (this.current === 'cpu' || !isDeviceFault(thrown)) throw thrown;
        await this.release();
        this.refusals = [...this.refusals, { device: this.current, reason: thrown.message }];
        this.current = await nextUsable(this.current);
        await this.options.onFall(this.current, this.refusals);
      }
    }
  }

  async release(): Promise<void> {
    const runners = [...this.runners.values()];
    this.runners.clear();
    // A lost device may not even let go.
    for (const runner of runners) await runner.release().catch(() => undefined);
  }

  private async runner(batch: number): Promise<StepRunner> {
    const known = this.runners.get(batch);
    if (known !== undefined) return known;
    const runner = await this.options.createRunner(batch, this.current);
    this.runners.set(batch, runner);
    return runner;
  }
}

async function nextUsable(device: Device): Promise<Device> {
  const devices = ladder();
  for (const next of devices.slice(devices.indexOf(device) + 1)) {
    const chosen = await chooseDevice(next).catch(() => null);
    if (chosen !== null) return chosen.device;
  }
  return 'cpu';
}
