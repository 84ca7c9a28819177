import type { KgCoOpSpec } from '../../../shared/contracts/method-spec';
import { promptMethod } from '../coop/prompt-method';

/**
 * Knowledge-guided context optimisation (Yao et al., CVPR 2023; reference: trainers/kgcoop.py): CoOp whose text features are
 * held to those of the hand-written baseline. λ = 0 is CoOp, bit for bit.
 */
export const kgcoop = promptMethod<KgCoOpSpec>('kgcoop', 'KgCoOp', async (task, { spec, baseline }) => {
  if (spec.lambda === 0) return null;
  const { features } = await task.text(baseline);
  return { weight: spec.lambda, towards: features };
});
