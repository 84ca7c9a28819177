import type { Measurement } from '../../../shared/contracts/experiment-results';

const COLUMNS = [
  'dataset',
  'model',
  'target',
  'kind',
  'prompt',
  'layout',
  'vectors',
  'shots',
  'seed',
  'accuracy',
  'mean',
  'low',
  'high',
  'std',
  'difference',
  'difference_low',
  'difference_high',
  'p',
  'images',
  'classes',
  'of_classes',
  'run',
] as const;

/**
 * One line a seed (RFC 4180): accuracies are fractions; `mean`, its interval and the difference from the hand-written
 * baseline are of all seeds together.
 */
export function longCsv(measurements: readonly Measurement[]): string {
  const lines = measurements.flatMap(each =>
    each.seeds.map(({ seed, accuracy }) => [
      each.dataset,
      each.model,
      each.target ?? 'test',
      each.kind,
      each.series,
      each.layout,
      each.vectors,
      each.shots,
      seed,
      accuracy,
      each.accuracy.value,
      each.accuracy.low,
      each.accuracy.high,
      each.std,
      each.delta?.difference,
      each.delta?.low,
      each.delta?.high,
      each.delta?.p,
      each.images,
      each.classes,
      each.ofClasses,
      each.run,
    ]),
  );
  return [COLUMNS, ...lines].map(fields => `${fields.map(field).join(',')}\r\n`).join('');
}

function field(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'number' ? String(Number(value.toPrecision(12))) : value;
  // A cell that begins like a formula is one to a spreadsheet (CWE-1236).
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
