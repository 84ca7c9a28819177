import { CoopError } from '../../../shared/errors';
import type { Device } from '../../runtime/session';
import type { ClipModel } from '../parts/clip-model';
import { modelInvalid } from '../parts/model-error';

/**
 * Makes sure that every row has a direction: a cosine with NaN, infinity or nothing is no answer.
 * @param features [n, width] as a tower gave them
 * @throws CoopError `model.invalid` naming the tensor at fault, or that the weights are sound and their sums are not;
 * `device.lost` when another device may compute it right
 */
export async function checkFeatures(
  features: Float32Array,
  model: Pick<ClipModel, 'id' | 'folder' | 'embedWidth' | 'unsoundTensor'>,
  what: 'an image' | 'a prompt',
  device: Device,
): Promise<void> {
  const fault = faultOf(features, model.embedWidth);
  if (fault === null) return;
  const tensor = await model.unsoundTensor();
  if (tensor !== null) throw modelInvalid(tensor.file, `the tensor ${tensor.name} ${tensor.problem}`);
  const problem = `the features of ${what} are ${fault}, though all weights are numbers`;
  if (device !== 'cpu')
    throw new CoopError('device.lost', `${device} computed wrongly: ${problem}.`, {
      subject: device,
      next: 'Choose another device.',
    });
  throw modelInvalid(model.folder, problem);
}

function faultOf(features: Float32Array, width: number): string | null {
  for (let start = 0; start < features.length; start += width) {
    let squares = 0;
    for (let i = start; i < start + width; i++) squares += features[i]! * features[i]!;
    if (!Number.isFinite(squares)) return 'not finite';
    if (squares === 0) return 'zero';
  }
  return null;
}
