import type { LinearProbeSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import { counted } from '../../../shared/format/count';
import type { EncodedImages } from '../../task/encoded-images';
import type { Learned, Method } from '../parts/method';
import { fitProbe } from './fit-probe';
import { classifyLinearly } from './logistic-regression';

/** Numbers of all training features times classes in the largest fit: some minutes of one core. */
const MAX_SIZE = 200e6;
/** Numbers a second that a fit goes through on one core, and how many fits the search takes; for estimates only. */
const NUMBERS_PER_SECOND = 20e6;
const FITS = 16;

/** The linear probe that CoOp compares with: it sees image features only, and gives no prompt. */
export const linearProbe: Method<LinearProbeSpec> = {
  id: 'linear-probe',
  title: 'linear probe',
  plan: (task, { spec }) => {
    const numbers = spec.shots * task.classes.names.length ** 2 * task.model.embedWidth;
    return { steps: FITS * spec.seeds.length, seconds: (spec.seeds.length * numbers) / NUMBERS_PER_SECOND };
  },
  begin: async (task, { spec }, io) => ({
    learn: async seed => {
      const classes = task.classes.names.length;
      const shots = await task.shots(spec.shots, seed, io);
      const validation = await task.validation(spec.shots, seed, io);
      if (validation.labels.length === 0) throw leftOut('no dev image is left to choose its penalty on');
      if (shots.features.length * classes > MAX_SIZE) {
        const size = `${counted(shots.labels.length, 'image')} of ${counted(classes, 'class', 'classes')}`;
        throw leftOut(`to fit it to ${size} would take longer than the rest of the report`);
      }
      const { classifier, c } = await fitProbe(
        { train: labelled(shots), validation: labelled(validation), classes },
        io,
      );
      const weights = Float32Array.from(classifier.weights);
      return {
        kind: 'classifier',
        tensors: new Map([['weights', weights]]),
        figures: { c, images: shots.labels.length },
      };
    },
    release: async () => undefined,
  }),
  open: async ({ tensors }, task) => {
    const weights = Float64Array.from(tensors.get('weights')!);
    const classifier = { width: task.model.embedWidth, weights };
    return { answer: ({ features }) => classifyLinearly(classifier, features) };
  },
  note: ({ figures }: Learned, _task, { spec }) => {
    const { c = Number.NaN, images = 0 } = figures;
    const same = `the same ${counted(images, 'training image')}${spec.seeds.length > 1 ? ` (seed ${spec.seeds[0]})` : ''}`;
    return `The linear probe is no prompt and cannot be applied: it is logistic regression on the image features of ${same} and uses no text. Its penalty, C = ${Number(c.toPrecision(3))}, was chosen on the dev images.`;
  },
};

/** Named one by one: what else the caller's objects hold need not cross into the thread. */
const labelled = ({ features, labels }: Pick<EncodedImages, 'features' | 'labels'>) => ({ features, labels });

function leftOut(why: string): CoopError {
  return new CoopError('method.leftOut', `${why}.`);
}
