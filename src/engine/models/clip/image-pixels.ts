import type { Node } from '../../graph/node';
import { constant, divide, scalar, subtract, toFloat, transpose } from '../../graph/operations';
import type { PreprocessSpec } from '../../images/preprocess';

const CHANNELS = 3;
const LEVELS = 255;

/**
 * Pixels as a tower reads them: uint8 [B, size, size, 3] → float [B, 3, size, size], ((level / 255) − mean) / std, in
 * torchvision's order of operations so that float32 rounds as there (`normalisationTable` is the same rule on the CPU).
 */
export function normalisedPlanes(pixels: Node, { mean, std }: Pick<PreprocessSpec, 'mean' | 'std'>): Node {
  const perChannel = (values: readonly number[]) => constant(Float32Array.from(values), [CHANNELS]);
  const fraction = divide(toFloat(pixels), scalar(LEVELS));
  return transpose(divide(subtract(fraction, perChannel(mean)), perChannel(std)), [0, 3, 1, 2]);
}
