import { type PythonRandom, pythonRandom } from '../random/mersenne-twister';

export interface FewShotPicks {
  /** Positions in the training list, class after class in order of first appearance. */
  readonly train: readonly number[];
  readonly val: readonly number[];
}

/** CoOp validates on min(shots, 4) images per class. */
export const MAX_VAL_SHOTS = 4;

/**
 * The few-shot data set of CoOp (Dassl `DatasetBase.generate_fewshot_dataset`, called for train and then for val):
 * `random.seed(seed)`; for each label in order of first appearance `random.sample(items, shots)`; the validation list
 * continues the same stream. A class with fewer images than shots gives all, in list order, and draws no numbers.
 */
export function fewShotPicks(
  trainLabels: readonly number[],
  valLabels: readonly number[],
  shots: number,
  seed: number | bigint,
): FewShotPicks {
  const random = pythonRandom(seed);
  const train = pickPerClass(trainLabels, shots, random);
  return { train, val: pickPerClass(valLabels, Math.min(shots, MAX_VAL_SHOTS), random) };
}

/** Up to `shots` positions of each label, drawn from a stream that goes on. */
export function pickPerClass(labels: readonly number[], shots: number, random: PythonRandom): number[] {
  if (!Number.isSafeInteger(shots) || shots < 1)
    throw new RangeError(`shots is a count of at least 1: ${shots}`);
  const positions = new Map<number, number[]>();
  for (const [position, label] of labels.entries()) {
    const known = positions.get(label);
    if (known === undefined) positions.set(label, [position]);
    else known.push(position);
  }
  return [...positions.values()].flatMap(all => (all.length >= shots ? random.sample(all, shots) : all));
}
