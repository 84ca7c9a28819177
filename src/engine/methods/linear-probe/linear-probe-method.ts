import type { LinearProbeSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import { counted } from '../../../shared/format/count';
import type { Method } from '../parts/method';
import { FITS, fitLinearProbe } from './linear-probe';
import { classifyLinearly } from './logistic-regression';

/** Numbers of all training features times classes in the largest fit: some minutes of one core. */
const MAX_SIZE = 200e6;
/** Numbers of all training features: 160 MB in float64, of which a fit holds some eight copies. */
const MAX_FEATURES = 20e6;
/** Numbers a second of the whole search on one core, and what the smallest takes; for estimates only. */
const NUMBERS_PER_SECOND = 0.5e6;
const START_S = 0.4;
/** By the number that stands for it among a fit’s figures. */
const TIES = [null, 'weakest', 'strongest'] as const;

/** The linear probe that CoOp compares with: it sees image features only, and gives no prompt. */
export const linearProbe: Method<LinearProbeSpec> = {
  id: 'linear-probe',
  title: 'linear probe',
  plan: (task, { spec }) => {
    const numbers = spec.shots * task.classes.names.length ** 2 * task.model.embedWidth;
    const seconds = numbers > MAX_SIZE ? 0 : START_S + numbers / NUMBERS_PER_SECOND;
    return { steps: FITS * spec.seeds.length, seconds: spec.seeds.length * seconds };
  },
  begin: async (task, { spec }, io) => ({
    learn: async seed => {
      const classes = task.classes.names.length;
      const shots = await task.shots(spec.shots, seed, io);
      const validation = await task.validationShots(spec.shots, seed, io);
      if (validation.labels.length === 0) throw leftOut('no dev image is left to choose its penalty on');
      if (shots.features.length * classes > MAX_SIZE || shots.features.length > MAX_FEATURES) {
        const size = `${counted(shots.labels.length, 'image')} of ${counted(classes, 'class', 'classes')}`;
        throw leftOut(`to fit it to ${size} would take longer, or more memory, than the rest of the report`);
      }
      const { classifier, c, tied } = await fitLinearProbe(shots, validation, classes, io);
      const weights = Float32Array.from(classifier.weights);
      return {
        kind: 'classifier',
        tensors: new Map([['weights', weights]]),
        figures: {
          c,
          tied: TIES.indexOf(tied),
          images: shots.labels.length,
          validation: validation.labels.length,
        },
      };
    },
    release: async () => undefined,
  }),
  open: async ({ tensors }, task) => {
    const weights = Float64Array.from(tensors.get('weights')!);
    const classifier = { width: task.model.embedWidth, weights };
    return { answer: ({ features }) => classifyLinearly(classifier, features) };
  },
  note: learned => {
    const of = (name: string) => learned.map(({ figures }) => figures[name] ?? 0);
    const strengths = of('c').map(c => Number(c.toPrecision(3)));
    const [images = 0, validation = 0] = [of('images')[0], of('validation')[0]];
    const seeds = learned.length === 1 ? '' : ` of each of ${learned.length} seeds`;
    const ties = of('tied');
    const tie = (['weakest', 'strongest'] as const)
      .map(end => {
        const tied = strengths.filter((_, at) => TIES[ties[at]!] === end);
        if (tied.length === 0) return '';
        return ` C = ${tied.join(', ')} is a tie at the ${end} end of the range: other penalties were as right on them.`;
      })
      .join('');
    return `The linear probe is no prompt and cannot be applied: it is logistic regression on the image features of the same ${counted(images, 'training image')}${seeds} and uses no text. Its penalty, C = ${strengths.join(', ')}, was chosen on ${counted(validation, 'dev image')}.${tie}`;
  },
};

function leftOut(why: string): CoopError {
  return new CoopError('method.leftOut', `${why}.`);
}
