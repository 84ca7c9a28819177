import type { MethodSpec } from '../../shared/contracts/method-spec';
import { clap, zsLp } from './clap/clap';
import { coop } from './coop/coop';
import { gda } from './gda/gda';
import { kgcoop } from './kgcoop/kgcoop';
import { linearProbe } from './linear-probe/linear-probe-method';
import type { Method } from './parts/method';
import { prolip } from './prolip/prolip';
import { tipAdapter } from './tip-adapter/tip-adapter';
import { words } from './words/words';

/** Every method, by the name its specs carry. */
const METHODS: { readonly [Id in MethodSpec['method']]: Method<Extract<MethodSpec, { method: Id }>> } = {
  coop,
  kgcoop,
  'linear-probe': linearProbe,
  gda,
  'tip-adapter': tipAdapter,
  'zs-lp': zsLp,
  clap,
  prolip,
  words,
};

/** The method of a spec. */
export function methodOf<Spec extends MethodSpec>({ method }: Spec): Method<Spec> {
  return METHODS[method] as unknown as Method<Spec>;
}
