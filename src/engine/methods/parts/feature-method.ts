import { allFinite } from '../../../files/tensors/all-finite';
import type { MethodSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import { correctShare } from '../../measure/correct-share';
import { product } from '../../measure/dense-product';
import { fromLogits } from '../../measure/from-logits';
import { unitRows } from '../../measure/unit-features';
import type { ProcessorShare } from '../../runtime/session';
import type { EncodedImages } from '../../task/encoded-images';
import type { Task } from '../../task/task';
import type { Work } from '../../task/work';
import type { Assignment, Figures, Learned, Method } from './method';

/** Unit image features with their labels. */
export interface LabelledUnits {
  /** [n, E] */
  readonly features: Float64Array;
  /** [n] */
  readonly labels: Int32Array;
}

/** What a method that works on features alone learns from. */
export interface FeatureMaterial {
  readonly train: LabelledUnits;
  /** Where a weight is chosen: at most min(shots, 4) images a class. */
  readonly validation: LabelledUnits;
  readonly zeroShot: ZeroShot;
  /** [classes, E] the baseline's text features as the tower gives them, not normalised. */
  readonly rawTexts: () => Promise<Float32Array>;
  readonly seed: number;
}

/** The baseline's classifier, which such methods start from. */
export interface ZeroShot {
  /** [classes, E] unit text features of the baseline. */
  readonly texts: Float64Array;
  readonly classes: number;
  readonly width: number;
  readonly logitScale: number;
}

export interface Fitted {
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly figures: Figures;
}

/** How much one seed's fit and its answers go through. */
export interface FitSize {
  /** Images. */
  readonly train: number;
  readonly validation: number;
  /** Images of dev and test that are answered once. */
  readonly judged: number;
  readonly classes: number;
  readonly width: number;
}

/** Multiply-adds a second of `product` on one core, a guess. */
export const PRODUCTS_PER_SECOND = 1.3e9;

export interface FeatureMethod<Spec extends MethodSpec> {
  readonly id: Spec['method'];
  readonly title: string;
  /** Seconds of one seed on one core, a guess. */
  seconds(size: FitSize): number;
  fit(material: FeatureMaterial, work: Work & ProcessorShare): Promise<Fitted>;
  /** Logits [n, classes] of unit image features [n, E]. */
  logits(features: Float64Array, fitted: Fitted, zeroShot: ZeroShot): Float64Array;
  note(figures: readonly Figures[]): string;
}

/** A method on cached features: seconds each, no tower is evaluated. */
export function featureMethod<Spec extends MethodSpec>(of: FeatureMethod<Spec>): Method<Spec> {
  return {
    id: of.id,
    title: of.title,
    plan: (task, { spec }) => {
      const seeds = spec.seeds.length;
      return { steps: seeds, seconds: seeds * of.seconds(sizeOf(task, spec.shots)) };
    },
    begin: async (task, assignment, io) => ({
      learn: async seed => {
        const { shots } = assignment.spec;
        const train = units(await task.shots(shots, seed, io), task);
        const validation = units(await task.validationShots(shots, seed, io), task);
        const zeroShot = await zeroShotOf(task, assignment);
        const rawTexts = () => task.rawText(assignment.baseline, io.signal);
        const fitted = await of.fit({ train, validation, zeroShot, rawTexts, seed }, io);
        for (const [name, values] of fitted.tensors)
          if (!allFinite(values))
            throw new CoopError('method.leftOut', `${name} became a number that is not finite.`);
        return { kind: 'classifier', ...fitted };
      },
      release: async () => undefined,
    }),
    open: async (learned, task, assignment) => {
      const zeroShot = await zeroShotOf(task, assignment);
      return {
        answer: ({ features }) => {
          const images = Float64Array.from(unitRows(features, zeroShot.width));
          return fromLogits(of.logits(images, learned, zeroShot), zeroShot.classes);
        },
      };
    },
    note: learned => of.note(learned.map(({ figures }: Learned) => figures)),
  };
}

/** CLIP's logits [n, classes]: scale · cosine. */
export function zeroShotLogits(features: Float64Array, { texts, width, logitScale }: ZeroShot): Float64Array {
  return product(features, texts, width).map(cosine => logitScale * cosine);
}

/** The candidate that is right most often on labelled images, the first of equals. @param logits [n, classes] of each */
export function bestOf<Candidate>(
  candidates: readonly Candidate[],
  labels: Int32Array,
  classes: number,
  logits: (candidate: Candidate) => Float64Array,
): Candidate {
  let best: { readonly candidate: Candidate; readonly share: number } | null = null;
  for (const candidate of candidates) {
    const { predictions } = fromLogits(logits(candidate), classes);
    const share = correctShare(predictions, labels);
    if (best === null || share > best.share) best = { candidate, share };
  }
  return best!.candidate;
}

/** How many images of dev and test answers are asked for. */
export const judgedImages = (task: Task): number => task.images('dev').length + task.images('test').length;

function sizeOf(task: Task, shots: number): FitSize {
  const classes = task.classes.names.length;
  return {
    train: classes * shots,
    validation: classes * Math.min(shots, 4),
    judged: judgedImages(task),
    classes,
    width: task.model.embedWidth,
  };
}

function units(
  { features, labels }: Pick<EncodedImages, 'features' | 'labels'>,
  { model }: Task,
): LabelledUnits {
  return { features: Float64Array.from(unitRows(features, model.embedWidth)), labels };
}

async function zeroShotOf(task: Task, { baseline }: Assignment): Promise<ZeroShot> {
  const { features } = await task.text(baseline);
  const { embedWidth: width, similarity } = task.model;
  return {
    texts: Float64Array.from(features),
    classes: task.classes.names.length,
    width,
    logitScale: similarity.scale,
  };
}
