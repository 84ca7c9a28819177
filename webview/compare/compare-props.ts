import type { FromCompare, ToCompare } from '../../src/shared/contracts/webview';
import { counted } from '../../src/shared/format/count';
import { compactDelta } from '../../src/shared/format/delta';

/** What the page shows and where it tells what was asked. */
export interface CompareProps {
  readonly comparison: Extract<ToCompare, { type: 'comparison' }>;
  readonly thumbnails: Readonly<Record<string, string | null>>;
  readonly send: (message: FromCompare) => void;
}

/** `pets · 16 shots · test ▲+12.9`: runs of one document have one name but for this. */
export function nameOf({ name, recipe, gain }: CompareProps['comparison']['runs'][number]): string {
  return `${name} · ${counted(recipe.shots, 'shot')} · test ${compactDelta(gain)}`;
}
