import { statSync } from 'node:fs';
import { normalisationTable, normalise, type PreprocessSpec } from '../../images/preprocess';
import type { SessionOptions } from '../../runtime/session';
import type { ImageSession, ImageTower } from '../parts/image-tower';
import { openOnnx } from './onnx-session';

const PIXELS = 'pixel_values';
const IMAGES_PER_RUN = 32;
/** Side of a patch where no file says it; for estimates only. */
const USUAL_PATCH = 16;

/** An image tower as an ONNX file, which takes normalised planes. */
export class OnnxImageTower implements ImageTower {
  readonly projection = null;

  constructor(
    private readonly file: string,
    private readonly spec: PreprocessSpec,
    private readonly width: number,
    private readonly outputs: readonly string[],
    /** Whether each image is run alone (OnnxFiles.alone). */
    private readonly alone: boolean,
  ) {}

  /** Two for each of its weights, taken to be float32, and patch. */
  flops(): number {
    const patches = (this.spec.size / USUAL_PATCH) ** 2;
    return 2 * (statSync(this.file, { throwIfNoEntry: false })?.size ?? 0) * 0.25 * patches;
  }

  async open(options: SessionOptions): Promise<ImageSession> {
    const { spec, width, outputs } = this;
    const tower = await openOnnx(this.file, { input: PIXELS, type: 'float32', outputs }, options);
    const table = normalisationTable(spec);
    const { size } = spec;
    const numbers = 3 * size * size;
    const fixed = tower.axis(PIXELS, 0);
    const perRun = fixed ?? (this.alone ? 1 : IMAGES_PER_RUN);
    return {
      device: tower.session.device,
      encode: async (pixels, count) => {
        const out = new Float32Array(count * width);
        for (let start = 0; start < count; start += perRun) {
          const images = Math.min(perRun, count - start);
          const rows = fixed ?? images;
          const data = new Float32Array(rows * numbers);
          for (let i = 0; i < images; i++) {
            const image = pixels.subarray((start + i) * numbers, (start + i + 1) * numbers);
            data.set(normalise(image, spec, table), i * numbers);
          }
          const feeds = { [PIXELS]: { data, shape: [rows, 3, size, size] } };
          const features = await tower.features(feeds, rows, width);
          out.set(features.subarray(0, images * width), start * width);
        }
        return { features: out, pooled: null };
      },
      release: () => tower.session.release(),
    };
  }
}
