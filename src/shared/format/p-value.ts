import { SIGNIFICANT } from './verdict';

const MOST_DIGITS = 8;

/** `p = 0.012`, `p < 0.001`: two significant digits, never a bare zero. */
export function pValue(p: number): string {
  if (!Number.isFinite(p)) return 'p unknown';
  if (p < 0.001) return 'p < 0.001';
  let digits = p < 0.01 ? 3 : 2;
  // Rounded it stays on its side of what counts as significant: 0.0496, 0.0504.
  while (digits < MOST_DIGITS && Number(p.toFixed(digits)) < SIGNIFICANT !== p < SIGNIFICANT) digits += 1;
  return `p = ${Math.min(p, 1).toFixed(digits)}`;
}

/**
 * What a McNemar p-value says, as a sentence: how often two equally good prompts would differ at least this much.
 */
export function pInWords(p: number): string {
  if (!Number.isFinite(p)) return 'No test was possible.';
  return `If both prompts were equally good, chance alone would make a difference at least this large ${frequency(p)}.`;
}

function frequency(p: number): string {
  if (p < 0.001) return 'less than once in 1,000 such tests';
  if (p >= 0.995) return 'every time';
  if (p > 0.4) return `in ${Math.round(p * 100)} of 100 such tests`;
  const every = 1 / p;
  return `about once in ${every < 10 ? Math.round(every) : roundTwoDigits(every).toLocaleString('en-US')} such tests`;
}

function roundTwoDigits(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.round(value / unit) * unit;
}
