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
 * notebooks/Prompt_Engineering_for_ImageNet.ipynb; CoOp trainers/zsclip.py, ZeroshotCLIP2).
 * @param parts one [classes, width] of unit rows per template, at least one
 */
export function ensembleFeatures(parts: readonly Float32Array[], width: number): Float32Array {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('an ensemble needs at least one template');
  if (rest.length === 0) return first;
  const sum = Float32Array.from(first);
  for (const part of rest) for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + part[i]!;
  return unitRows(sum, width);
}
