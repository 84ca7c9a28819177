import { flopsOf } from '../../graph/flops';
import { interpret } from '../../graph/interpret';
import { loadWeights } from '../../graph/load-weights';
import type { Node } from '../../graph/node';
import { input, linear } from '../../graph/operations';
import type { PreprocessSpec } from '../../images/preprocess';
import { createSession } from '../../runtime/create-session';
import type { Device, SessionOptions } from '../../runtime/session';
import type { ImagePixels } from './image-pixels';
import type { LinearNodes } from './text-nodes';

/** How a family turns images into features: a graph of ours, or an ONNX file of its own (onnx/). */
export interface ImageTower {
  /** Floating-point operations for one image; of a file a guess. */
  flops(): number;
  /** The tower's last step; null where that is no linear map. */
  readonly projection: ImageProjection | null;
  /** @throws CoopError `device.unavailable`, `file.corrupt`, `file.access` */
  open(options: SessionOptions): Promise<ImageSession>;
}

/** An image tower: features [B, E], not normalised, are what it pools, or its projection of that. */
export interface VisionParts {
  /** → [B, w] */
  readonly pooled: (image: ImagePixels) => Node;
  /** w → E; null where the tower does not end in a linear map. */
  readonly projection: LinearNodes | null;
}

/** How what an image tower pooled becomes a feature: features = pooled Wᵀ + b. */
export interface ImageProjection {
  /** w */
  readonly width: number;
  /** W [E, w] and b [E], zeros where there is none; read at each call. */
  weights(): Promise<{ readonly weight: Float32Array; readonly bias: Float32Array }>;
}

export interface EncodedPixels {
  /** [count, E], not normalised. */
  readonly features: Float32Array;
  /** [count, w] what the projection read; null where there is none. */
  readonly pooled: Float32Array | null;
}

export interface ImageSession {
  readonly device: Device;
  /** @param pixels uint8 [count, size, size, 3], resized and cropped */
  encode(pixels: Uint8Array, count: number): Promise<EncodedPixels>;
  release(): Promise<void>;
}

const CHANNELS = 3;

/** A tower as a graph, normalisation of the pixels included. */
export class GraphImageTower implements ImageTower {
  readonly projection: ImageProjection | null;

  constructor(
    private readonly spec: Pick<PreprocessSpec, 'size' | 'mean' | 'std'>,
    private readonly tower: VisionParts,
  ) {
    const { projection } = tower;
    this.projection =
      projection === null
        ? null
        : { width: projection.weight.shape[1] as number, weights: () => projectionWeights(projection) };
  }

  /** Pixels uint8 [B, size, size, 3] → features [B, E]. */
  features(pixels: Node): Node {
    return this.outputs(pixels).features;
  }

  flops(): number {
    return flopsOf([this.features(input('pixels', [1, this.spec.size, this.spec.size, CHANNELS], 'uint8'))]);
  }

  async open(options: SessionOptions): Promise<ImageSession> {
    const { size } = this.spec;
    const outputs = this.outputs(input('pixels', ['B', size, size, CHANNELS], 'uint8'));
    const session = await createSession<string>({ ...outputs }, options);
    return {
      device: session.device,
      encode: async (data, count) => {
        const result = await session.run({ pixels: { data, shape: [count, size, size, CHANNELS] } });
        return { features: result['features']!.data, pooled: result['pooled']?.data ?? null };
      },
      release: () => session.release(),
    };
  }

  private outputs(pixels: Node): { readonly features: Node; readonly pooled?: Node } {
    const pooled = this.tower.pooled({ pixels, ...this.spec });
    const { projection } = this.tower;
    if (projection === null) return { features: pooled };
    return { features: linear(pooled, projection.weight, projection.bias), pooled };
  }
}

async function projectionWeights({ weight, bias }: LinearNodes) {
  const nodes = bias === null ? [weight] : [weight, bias];
  const [matrix, shift] = interpret(nodes, {}, await loadWeights(nodes));
  return {
    weight: Float32Array.from(matrix!.data),
    bias: shift === undefined ? new Float32Array(weight.shape[0] as number) : Float32Array.from(shift.data),
  };
}
