import { CoopError } from '../../shared/errors';
import { probability } from './option-values';

export interface ThresholdOptions {
  readonly threshold?: number;
  readonly calibrated?: boolean;
}

export const THRESHOLD_OPTION = [
  '--threshold <p>',
  'below this probability, calibrated on dev images, the answer is “none of these” (0…1)',
  probability,
] as const;
export const CALIBRATED_OPTION = [
  '--calibrated',
  'probabilities calibrated on dev images (temperature scaling), every image answered',
] as const;

/** The threshold that was asked for: none, or 0 where only calibration was. */
export function thresholdOf({ threshold, calibrated }: ThresholdOptions): { readonly threshold?: number } {
  if (threshold !== undefined && calibrated === true)
    throw new CoopError('usage', '--threshold calibrates, too.', {
      next: 'Give one of --threshold and --calibrated.',
    });
  if (threshold !== undefined) return { threshold };
  return calibrated === true ? { threshold: 0 } : {};
}
