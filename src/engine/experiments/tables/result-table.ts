import type { Measurement } from '../../../shared/contracts/experiment-results';
import type { ResultTable, Value } from '../../../shared/contracts/result-table';
import { counted } from '../../../shared/format/count';
import { averageOf, harmonicMean, ownValue } from './averages';

/** What stands at one place of the grid. */
export type Find = (
  row: Pick<Measurement, 'model' | 'series' | 'shots'>,
  dataset: string,
  target: string | null,
) => Measurement | undefined;

export function finder(measurements: readonly Measurement[]): Find {
  const keyOf = (parts: readonly unknown[]) => JSON.stringify(parts);
  const byKey = new Map(
    measurements.map(each => [keyOf([each.model, each.series, each.shots, each.dataset, each.target]), each]),
  );
  return ({ model, series, shots }, dataset, target) =>
    byKey.get(keyOf([model, series, shots, dataset, target]));
}

interface Column {
  readonly title: string;
  readonly value: (row: Measurement) => Value | null;
}

/** @param otherClasses the target of base-to-new experiments, for which harmonic means are given; null for none */
export function resultTable(measurements: readonly Measurement[], otherClasses: string | null): ResultTable {
  const distinct = <T>(of: (each: Measurement) => T) => [...new Set(measurements.map(of))];
  const [datasets, models, targets] = [
    distinct(({ dataset }) => dataset),
    distinct(({ model }) => model),
    distinct(({ target }) => target),
  ];
  const find = finder(measurements);
  const columns: Column[] = targets.flatMap(target => {
    const of = (dataset: string) => (row: Measurement) => {
      const found = find(row, dataset, target);
      return found === undefined ? null : ownValue(found);
    };
    const name = (dataset: string) =>
      target === null ? dataset : datasets.length === 1 ? target : `${dataset} → ${target}`;
    return [
      ...datasets.map(dataset => ({ title: name(dataset), value: of(dataset) })),
      ...(datasets.length === 1
        ? []
        : [
            {
              title: target === null ? 'average' : `average → ${target}`,
              value: (row: Measurement) => averageOf(datasets.map(dataset => find(row, dataset, target))),
            },
          ]),
    ];
  });
  if (otherClasses !== null) columns.push(...harmonicColumns(datasets, find, otherClasses));
  const rows = rowsOf(measurements).map(row => ({
    labels: [
      ...(models.length === 1 ? [] : [row.model]),
      row.series,
      row.shots === 0 ? '–' : counted(row.shots, 'shot'),
    ],
    values: columns.map(({ value }) => value(row)),
  }));
  return {
    head: [...(models.length === 1 ? [] : ['model']), 'prompt', 'shots'],
    columns: columns.map(({ title }) => title),
    rows,
    best: columns.map((_, at) => {
      const means = rows.map(({ values }) => values[at]?.mean ?? Number.NEGATIVE_INFINITY);
      const most = Math.max(...means);
      return Number.isFinite(most) ? means.indexOf(most) : -1;
    }),
  };
}

function harmonicColumns(datasets: readonly string[], find: Find, target: string): Column[] {
  const both = (base: Value | null, fresh: Value | null): Value | null =>
    base === null || fresh === null
      ? null
      : { mean: harmonicMean(base.mean, fresh.mean), std: null, interval: null };
  const of = (row: Measurement, dataset: string, place: string | null) => {
    const found = find(row, dataset, place);
    return found === undefined ? null : ownValue(found);
  };
  return [
    ...datasets.map(dataset => ({
      title: `${dataset} H`,
      value: (row: Measurement) => both(of(row, dataset, null), of(row, dataset, target)),
    })),
    ...(datasets.length === 1
      ? []
      : [
          {
            title: 'average H',
            value: (row: Measurement) =>
              both(
                averageOf(datasets.map(dataset => find(row, dataset, null))),
                averageOf(datasets.map(dataset => find(row, dataset, target))),
              ),
          },
        ]),
  ];
}

/** One measurement for each way to answer: model by model, hand-written lines first, then by shots. */
function rowsOf(measurements: readonly Measurement[]): Measurement[] {
  const rows = new Map<string, Measurement>();
  for (const each of measurements) {
    const key = JSON.stringify([each.model, each.series, each.shots]);
    if (!rows.has(key)) rows.set(key, each);
  }
  const all = [...rows.values()];
  const models = [...new Set(all.map(({ model }) => model))];
  const series = [...new Set(all.map(each => each.series))];
  const rank = ({ kind }: Measurement) => (kind === 'method' ? 1 : kind === 'learned' ? 2 : 0);
  return all.sort(
    (a, b) =>
      models.indexOf(a.model) - models.indexOf(b.model) ||
      rank(a) - rank(b) ||
      series.indexOf(a.series) - series.indexOf(b.series) ||
      a.shots - b.shots,
  );
}
