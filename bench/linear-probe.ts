import { correctShare } from '../src/engine/measure/correct-share';
import { fitLinearProbe } from '../src/engine/methods/linear-probe/linear-probe';
import { classifyLinearly } from '../src/engine/methods/linear-probe/logistic-regression';
import { clusters } from './clusters';
import { seconds } from './timing';
import type { Torch } from './torch';

export interface LinearProbeFigures {
  readonly ours: { readonly seconds: number; readonly accuracy: number };
  /** Null without scikit-learn. */
  readonly rival: { readonly seconds: number; readonly accuracy: number } | null;
}

/** Ours takes each fit to its minimum, scikit-learn's stops after 1000 steps of L-BFGS at most, as CoOp's code has it. */
export async function linearProbeBench(
  classes: number,
  shots: number,
  width: number,
  threads: number,
  torch: Torch | null,
): Promise<LinearProbeFigures> {
  const [train, validation, test] = [shots, Math.min(shots, 4), 10].map((images, stream) =>
    clusters(classes, images, width, stream + 1),
  ) as [Clusters, Clusters, Clusters];
  let accuracy = 0;
  const taken = await seconds(async () => {
    const { classifier } = await fitLinearProbe(train, validation, classes, { threads });
    accuracy = correctShare(classifyLinearly(classifier, test.features).predictions, test.labels);
  });
  const plain = ({ features, labels }: Clusters) => ({ features: [...features], labels: [...labels] });
  const rival =
    torch === null
      ? null
      : await torch.probe({ train: plain(train), validation: plain(validation), test: plain(test) });
  return { ours: { seconds: taken, accuracy }, rival };
}

type Clusters = ReturnType<typeof clusters>;
