import { FEATURE_METHODS, type FeatureSpec, type MethodSpec } from '../../shared/contracts/method-spec';

/** What stands beside the prompts of every report: each learns from the same shots of the same seeds. */
export function methodsBeside({ shots, seeds }: MethodSpec): readonly FeatureSpec[] {
  return FEATURE_METHODS.map(method => ({ method, shots, seeds }));
}
