import { percent } from '../../src/shared/format/percent';
import type { EpochEvent, RunSeries } from './run-series';

/** One figure of the epochs: as a curve's values, and as text in a table. */
export interface Figure {
  readonly title: string;
  readonly column: string;
  /** For who is no expert of this field. */
  readonly explains?: string;
  readonly value: (epoch: EpochEvent) => number | null;
  readonly text: (epoch: EpochEvent) => string;
}

export const EXPLAINED = {
  devAccuracy:
    'Right answers on the dev images, which choose between prompts; a report’s test images are others',
  epoch: 'Once through all training images',
  beginning:
    'The recipe fast begins twice, free and held to the baseline’s text features, each with curves of its own; dev images choose',
  learningRate: 'How far a step moves the learned vectors',
} as const;

const short = (value: number) => String(Number(value.toPrecision(3)));

/** Of the figures that methods share, in this order; others follow by their own name. */
const SHARED: Readonly<
  Record<string, { title: string; column: string; explains: string; scale?: number; text: typeof short }>
> = {
  devAccuracy: {
    title: 'Dev accuracy, %',
    column: 'Dev',
    explains: EXPLAINED.devAccuracy,
    scale: 100,
    text: percent,
  },
  loss: {
    title: 'Training loss',
    column: 'Loss',
    explains:
      'How wrong the answers on the training images are, and how sure of it (cross-entropy): less is better',
    text: value => value.toFixed(3),
  },
  learningRate: {
    title: 'Learning rate',
    column: 'Learning rate',
    explains: EXPLAINED.learningRate,
    text: short,
  },
  stepsPerSecond: {
    title: 'Steps per second',
    column: 'Steps/s',
    explains: 'How often the learned vectors are moved in a second',
    text: short,
  },
};

/** Every figure that the runs' epochs have, whatever method they are of. */
export function figuresOf(runs: readonly RunSeries[]): readonly Figure[] {
  const named = runs.flatMap(({ epochs }) => Object.keys(epochs.at(-1)?.figures ?? {}));
  return [...new Set([...Object.keys(SHARED), ...named])].map(name => {
    const shared = SHARED[name];
    const { title, column, scale = 1, text } = shared ?? { title: name, column: name, text: short };
    return {
      title,
      column,
      ...(shared === undefined ? {} : { explains: shared.explains }),
      value: ({ figures }) => {
        const value = figures[name];
        return value === undefined ? null : value * scale;
      },
      text: ({ figures }) => {
        const value = figures[name];
        return value === undefined ? '–' : text(value);
      },
    };
  });
}
