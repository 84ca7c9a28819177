import type { FallingDevice } from './falling-device';
import type { Device } from './session';

/** Something compiled for a device, made at first use and made again for the next device when that one takes over. */
export class OnDevice<Resource extends { release(): Promise<void> }> {
  private held: { readonly device: Device; readonly resource: Promise<Resource> } | null = null;

  constructor(
    private readonly device: FallingDevice,
    private readonly create: (device: Device) => Promise<Resource>,
  ) {}

  /** @throws what `create` and `work` throw, once the CPU does */
  use<Result>(work: (resource: Resource) => Promise<Result>): Promise<Result> {
    return this.device.run(async device => work(await this.on(device)));
  }

  async release(): Promise<void> {
    const { held } = this;
    this.held = null;
    // A lost device may not even let go.
    await held?.resource.then(resource => resource.release()).catch(() => undefined);
  }

  private on(device: Device): Promise<Resource> {
    if (this.held?.device === device) return this.held.resource;
    void this.release();
    const resource = this.create(device);
    this.held = { device, resource };
    // A failure is not kept: it may have been a want of memory.
    resource.catch(() => {
      if (this.held?.resource === resource) this.held = null;
    });
    return resource;
  }
}
