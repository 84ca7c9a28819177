import { flopsOf } from '../../graph/flops';
import type { Node } from '../../graph/node';
import { input } from '../../graph/operations';
import { createSession } from '../../runtime/create-session';
import type { Device, SessionOptions } from '../../runtime/session';

/** How a family turns images into features: a graph of ours, or an ONNX file of its own (onnx/). */
export interface ImageTower {
  /** Floating-point operations for one image; of a file a guess. */
  flops(): number;
  /** @throws CoopError `device.unavailable`, `file.corrupt`, `file.access` */
  open(options: SessionOptions): Promise<ImageSession>;
}

export interface ImageSession {
  readonly device: Device;
  /**
   * @param pixels uint8 [count, size, size, 3], resized and cropped
   * @returns [count, E], not normalised
   */
  encode(pixels: Uint8Array, count: number): Promise<Float32Array>;
  release(): Promise<void>;
}

const CHANNELS = 3;

/** A tower as a graph, normalisation of the pixels included. */
export class GraphImageTower implements ImageTower {
  constructor(
    private readonly size: number,
    /** Pixels uint8 [B, size, size, 3] → features [B, E]. */
    readonly features: (pixels: Node) => Node,
  ) {}

  flops(): number {
    return flopsOf([this.features(input('pixels', [1, this.size, this.size, CHANNELS], 'uint8'))]);
  }

  async open(options: SessionOptions): Promise<ImageSession> {
    const { size } = this;
    const features = this.features(input('pixels', ['B', size, size, CHANNELS], 'uint8'));
    const session = await createSession({ features }, options);
    return {
      device: session.device,
      encode: async (data, count) => {
        const result = await session.run({ pixels: { data, shape: [count, size, size, CHANNELS] } });
        return result.features.data;
      },
      release: () => session.release(),
    };
  }
}
