import { flopsOf } from '../../graph/flops';
import { input } from '../../graph/operations';
import type { ClipModel } from './clip-model';

/** What a core sustains in onnxruntime's matrix products, in floating-point operations a second; for estimates only. */
export const FLOPS_PER_CORE = 60e9;

/** Floating-point operations of the image tower for one image. */
export function imageFlops(model: ClipModel): number {
  const { size } = model.preprocess;
  return flopsOf([model.imageFeatures(input('pixels', [1, size, size, 3], 'uint8'))]);
}
