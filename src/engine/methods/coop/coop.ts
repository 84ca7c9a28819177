import type { CoOpSpec } from '../../../shared/contracts/method-spec';
import { promptMethod } from './prompt-method';

/** Context optimisation (Zhou et al., IJCV 2022; reference: trainers/coop.py): cross-entropy alone. */
export const coop = promptMethod<CoOpSpec>('coop', 'CoOp', async () => null);
