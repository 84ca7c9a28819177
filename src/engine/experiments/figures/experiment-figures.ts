import type { Experiment } from '../../../shared/contracts/experiment';
import { type Measurement, ZERO_SHOT } from '../../../shared/contracts/experiment-results';
import type { Value } from '../../../shared/contracts/result-table';
import { counted } from '../../../shared/format/count';
import { averageOf } from '../tables/averages';
import { type Find, finder } from '../tables/result-table';
import { type Bar, gainBars, groupedBars } from './bars';
import { contextFamily } from './context-family';
import { linePanels, type Panel, type Point } from './line-panels';

export interface Figure {
  /** File name without its ending. */
  readonly name: string;
  readonly svg: string;
}

/** The figures of an experiment that its measurements have the axes for, on the data sets' own test images. */
export function experimentFigures(
  { title, figures }: Pick<Experiment, 'title' | 'figures'>,
  measurements: readonly Measurement[],
): Figure[] {
  const own = new Results(measurements.filter(({ target }) => target === null));
  if (own.learned.length === 0) return [];
  const possible: Readonly<Record<NonNullable<Experiment['figures']>[number], () => Figure[]>> = {
    curves: () => (own.shots.length > 1 ? curves(own, title) : []),
    gains: () => gains(own),
    'context-length': () => contextLength(own),
    backbones: () => (own.models.length > 1 ? [backbones(own)] : []),
  };
  const wanted = figures ?? (['curves', 'gains', 'context-length', 'backbones'] as const);
  return wanted.flatMap(name => possible[name]());
}

/** What figures ask of measurements. */
class Results {
  readonly find: Find;
  readonly datasets: readonly string[];
  readonly models: readonly string[];
  readonly shots: readonly number[];
  /** Names of learned series, methods first as in the tables. */
  readonly learned: readonly Measurement[];

  constructor(measurements: readonly Measurement[]) {
    const distinct = <T>(of: (each: Measurement) => T) => [...new Set(measurements.map(of))];
    this.find = finder(measurements);
    this.datasets = distinct(({ dataset }) => dataset);
    this.models = distinct(({ model }) => model);
    this.shots = distinct(({ shots }) => shots)
      .filter(count => count > 0)
      .sort((a, b) => a - b);
    const bySeries = new Map(measurements.filter(({ shots }) => shots > 0).map(each => [each.series, each]));
    this.learned = [...bySeries.values()].sort(
      (a, b) => Number(a.kind === 'learned') - Number(b.kind === 'learned'),
    );
  }

  get most(): number {
    return this.shots.at(-1)!;
  }

  /** Over all data sets, or one of them. */
  value(model: string, series: string, shots: number, dataset: string | null): Value | null {
    const datasets = dataset === null ? this.datasets : [dataset];
    return averageOf(datasets.map(each => this.find({ model, series, shots }, each, null)));
  }

  point(x: number, value: Value | null): Point[] {
    return value === null
      ? []
      : [{ x, y: value.mean * 100, std: value.std === null ? null : value.std * 100 }];
  }
}

/** Figure 3 of the paper: the average first, then data set by data set. */
function curves(results: Results, title: string): Figure[] {
  const { models, datasets, learned, shots } = results;
  return models.map(model => {
    const panel = (dataset: string | null): Panel => ({
      title: dataset ?? `Average over ${datasets.length} data sets`,
      series: learned.map(({ series }) => ({
        name: series,
        points: shots.flatMap(count => results.point(count, results.value(model, series, count, dataset))),
      })),
      zeroShot: results.point(0, results.value(model, ZERO_SHOT, 0, dataset))[0] ?? null,
    });
    const panels = [...(datasets.length > 1 ? [panel(null)] : []), ...datasets.map(panel)];
    const svg = linePanels(panels, {
      title: `${title}${models.length > 1 ? `, ${model}` : ''}`,
      x: 'training images per class',
      y: 'test accuracy (%)',
      zeroShot: 'zero-shot, hand-written',
    });
    return { name: `few-shot${suffix(results, model)}`, svg };
  });
}

/** Figure 4: what the most shots gain over the hand-written prompt. */
function gains(results: Results): Figure[] {
  const { models, learned, datasets, most } = results;
  return models.flatMap(model =>
    learned
      .filter(({ kind }) => kind === 'learned')
      .flatMap(({ series }, at): Figure[] => {
        const bars = datasets.flatMap((dataset): Bar[] => {
          const [after, before] = [
            results.value(model, series, most, dataset),
            results.value(model, ZERO_SHOT, 0, dataset),
          ];
          return after === null || before === null
            ? []
            : [{ name: dataset, value: 100 * (after.mean - before.mean) }];
        });
        if (bars.length === 0) return [];
        const title = `${series}, ${counted(most, 'shot')}, against zero-shot${models.length > 1 ? `, ${model}` : ''}`;
        return [
          {
            name: `gains-${at + 1}${suffix(results, model)}`,
            svg: gainBars(bars, title, 'points of test accuracy'),
          },
        ];
      }),
  );
}

/** Figure 5: how many vectors, for layouts that differ in nothing else. */
function contextLength(results: Results): Figure[] {
  const { models, learned, shots } = results;
  const families = new Map<string, Measurement[]>();
  for (const each of learned) {
    if (each.layout === null || each.vectors === null) continue;
    const family = contextFamily(each.layout);
    families.set(family, [...(families.get(family) ?? []), each]);
  }
  const long = [...families].filter(([, members]) => new Set(members.map(({ vectors }) => vectors)).size > 1);
  if (long.length === 0) return [];
  return models.map(model => {
    const panels = long.map(
      ([family, members]): Panel => ({
        title: family,
        series: shots.map(count => ({
          name: counted(count, 'shot'),
          points: [...members]
            .sort((a, b) => a.vectors! - b.vectors!)
            .flatMap(({ series, vectors }) =>
              results.point(vectors!, results.value(model, series, count, null)),
            ),
        })),
        zeroShot: null,
      }),
    );
    const svg = linePanels(panels, {
      title: 'Context length',
      x: 'learned vectors M',
      y: 'mean test accuracy (%)',
      zeroShot: '',
    });
    return { name: `context-length${suffix(results, model)}`, svg };
  });
}

/** Figure 5: the same on several models. */
function backbones(results: Results): Figure {
  const { models, learned, most } = results;
  const groups = models.map(model => ({
    name: model,
    bars: [
      { series: ZERO_SHOT, shots: 0 },
      ...learned.map(({ series }) => ({ series, shots: most })),
    ].flatMap(({ series, shots }) => {
      const value = results.value(model, series, shots, null);
      return value === null ? [] : [{ name: series, value: value.mean * 100 }];
    }),
  }));
  const title = `Vision backbones, ${counted(most, 'shot')}, mean over ${results.datasets.length} data sets`;
  return { name: 'backbones', svg: groupedBars(groups, title, 'test accuracy (%)') };
}

/** Files of several models are told apart by number: names may hold what no file name can. */
function suffix({ models }: Results, model: string): string {
  return models.length === 1 ? '' : `-model-${models.indexOf(model) + 1}`;
}
