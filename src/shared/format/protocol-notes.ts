import { fastViews } from '../contracts/fast-recipe';
import type { RunSpec } from '../contracts/method-spec';
import {
  epochsForShots,
  IMAGENET_CLASSES,
  IMAGENET_EPOCHS,
  PAPER_SEEDS,
  PAPER_VALUES,
} from '../contracts/paper-protocol';
import { counted } from './count';

const VALUES: Readonly<Record<keyof typeof PAPER_VALUES, string>> = {
  batch: 'batch',
  learningRate: 'learning rate',
  momentum: 'momentum',
  weightDecay: 'weight decay',
  warmupEpochs: 'warm-up epochs',
  warmupLearningRate: 'warm-up learning rate',
};

/**
 * How a run differs from the paper's protocol (Zhou et al., IJCV 2022, section 4.1), as one sentence; none for one that
 * follows it.
 * @param images that one seed learns from
 */
export function protocolNotes(recipe: RunSpec, classes: number, images: number): string[] {
  if (recipe.method === 'words') return [];
  const { name, views, seeds, shots, epochs } = recipe;
  if (name === 'fast') {
    const seen = views ?? fastViews(images);
    const noise =
      seen === 0
        ? 'each image'
        : `each image and of ${counted(seen, 'view')} that ${seen === 1 ? 'is' : 'are'} encoded once`;
    return [
      `Not the paper’s protocol but the recipe fast: two beginnings, all shots in every step, noise on features of ${noise}, and a choice on dev images. --recipe paper follows the paper.`,
    ];
  }
  const paperEpochs = epochsForShots(shots);
  const imagenet = classes === IMAGENET_CLASSES ? IMAGENET_EPOCHS : paperEpochs;
  const differences = [
    ...(recipe.method === 'kgcoop' && recipe.lambda !== 0
      ? [`text features are held to the baseline’s (KgCoOp, λ = ${recipe.lambda})`]
      : []),
    ...(name === 'cached' ? ['each image is encoded once, by the test transform'] : []),
    ...(name === 'views' ? [`${counted(views ?? 0, 'view')} of each image take turns`] : []),
    ...(seeds.length < PAPER_SEEDS.length
      ? [`${counted(seeds.length, 'seed')} instead of ${PAPER_SEEDS.length}`]
      : []),
    ...(epochs === paperEpochs || epochs === imagenet
      ? []
      : [`${counted(epochs, 'epoch')} instead of ${paperEpochs}`]),
    ...(Object.keys(VALUES) as (keyof typeof VALUES)[]).flatMap(key =>
      recipe[key] === PAPER_VALUES[key]
        ? []
        : [`${VALUES[key]} ${recipe[key]} instead of ${PAPER_VALUES[key]}`],
    ),
  ];
  if (differences.length === 0) return [];
  const crops =
    name === 'paper' ? '' : ' The paper takes a new random crop and flip in every epoch (--recipe paper).';
  return [`Not the paper’s protocol: ${differences.join(', ')}.${crops}`];
}
