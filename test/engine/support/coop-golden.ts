import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../support/root';

export const COOP_GOLDEN = path.join(root, 'test/fixtures/golden/coop');

export interface CoopCase {
  readonly case: string;
  readonly position: 'end' | 'middle' | 'front';
  readonly csc: boolean;
  readonly ctx_init_words: string | null;
  readonly M: number;
  readonly weight_decay: number;
  readonly layout: readonly (readonly number[])[];
}

/** Learning trajectories recorded from PyTorch. */
export const coopGolden = JSON.parse(readFileSync(path.join(COOP_GOLDEN, 'coop.json'), 'utf8')) as {
  readonly classnames: readonly string[];
  readonly batch: number;
  readonly epochs: number;
  readonly momentum: number;
  readonly lr_per_epoch: readonly number[];
  readonly labels: readonly number[];
  readonly batch_order: readonly (readonly number[])[];
  readonly cases: readonly CoopCase[];
};

/** The template line of a recorded case. */
export function lineOf({ position, csc, ctx_init_words: words, M }: CoopCase): string {
  const perClass = csc ? ' per-class' : '';
  const half = Math.floor(M / 2);
  // CoOp splits the initial words' vectors over the two places; a layout has one initial text per slot.
  const slot = (length: number) =>
    words !== null && position === 'end' ? `[V = "${words}"${perClass}]` : `[V:${length}${perClass}]`;
  if (position === 'front') return `{} ${slot(M)}.`;
  if (position === 'middle') return `${slot(half)} {} ${slot(M - half)}.`;
  return `${slot(M)} {}.`;
}
