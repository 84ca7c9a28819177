import { counted } from './count';

/** `16 shots`; `16 shots: 6 to 16 per class` where classes have fewer images than that. */
export function shotsInWords(
  shots: number,
  perClass: { readonly min: number; readonly max: number } | undefined,
): string {
  const asked = counted(shots, 'shot');
  if (perClass === undefined || perClass.min >= shots) return asked;
  const { min, max } = perClass;
  return `${asked}: ${min === max ? min : `${min} to ${max}`} per class`;
}
