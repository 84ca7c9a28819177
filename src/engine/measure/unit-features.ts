import { CoopError } from '../../shared/errors';

/**
 * Rows divided by their Euclidean length: [n, width] → [n, width].
 * @throws CoopError `model.invalid` for a row without a direction: zero, or not finite
 */
export function unitRows(values: Float32Array, width: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    let squares = 0;
    for (let i = start; i < start + width; i++) squares += values[i]! * values[i]!;
    if (!(squares > 0 && Number.isFinite(squares)))
      throw new CoopError(
        'model.invalid',
        `Feature ${start / width + 1} of ${values.length / width} is ${squares === 0 ? 'zero' : 'not finite'} and has no direction.`,
        { next: 'Check the model: download it again, or use another one.' },
      );
    const length = Math.sqrt(squares);
    for (let i = start; i < start + width; i++) out[i] = values[i]! / length;
  }
  return out;
}

/**
 * CLIP's prompt ensemble: the mean of unit features over templates, as unit rows again (openai/CLIP,
 * notebooks/Prompt_Engineering_for_ImageNet.ipynb; CoOp trainers/zsclip.py, ZeroshotCLIP2). Only the sum is held.
 */
export class EnsembleMean {
  private first: Float32Array | null = null;
  private sum: Float32Array | null = null;

  constructor(private readonly width: number) {}

  /** @param part [classes, width] unit rows of one template; left as it is */
  add(part: Float32Array): void {
    if (this.first === null) {
      this.first = part;
      return;
    }
    this.sum ??= Float32Array.from(this.first);
    for (let i = 0; i < this.sum.length; i++) this.sum[i] = this.sum[i]! + part[i]!;
  }

  /** @throws Error without any template; CoopError as unitRows */
  features(): Float32Array {
    if (this.first === null) throw new Error('an ensemble needs at least one template');
    return this.sum === null ? this.first : unitRows(this.sum, this.width);
  }
}
