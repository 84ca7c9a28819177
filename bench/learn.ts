import { unitRows } from '../src/engine/measure/unit-features';
import { classify } from '../src/engine/measure/zero-shot';
import { defaultRecipe } from '../src/engine/methods/coop/default-recipe';
import { initialContext } from '../src/engine/methods/coop/initial-context';
import { buildProblem } from '../src/engine/methods/coop/learn-problem';
import { createStepRunner } from '../src/engine/methods/coop/step-runner';
import { stepsPerEpoch, train, untrained } from '../src/engine/methods/coop/trainer';
import { openModel } from '../src/engine/models/shelf/open-model';
import { templateRows } from '../src/engine/prompt/template-rows';
import { parseTemplate } from '../src/shared/template/parse-template';
import { shortNames } from './class-names';
import { clusters } from './clusters';
import { seconds } from './timing';
import type { Torch } from './torch';

const [CLASSES, SHOTS, VECTORS] = [10, 16, 16];
const TEST_PER_CLASS = 100;
export interface LearnFigures {
  readonly steps: number;
  /** Compilation, all steps and the text features at the end; image features are cached. */
  readonly seconds: number;
  readonly accuracy: number;
  /** The same steps by PyTorch on the same features, cut to the longest prompt. */
  readonly torchAccuracy: number | null;
  readonly torchCutSeconds: number | null;
}

/**
 * A whole 16-shot run on features of ten clusters, and the same run in PyTorch: same initial context and recipe, so
 * both must end at the same accuracy.
 */
export async function learnBench(
  folder: string,
  threads: number,
  torch: Torch | null,
): Promise<LearnFigures> {
  const model = await openModel(folder);
  const { embedWidth: width } = model;
  const template = templateRows(
    parseTemplate(`[V:${VECTORS}] {}.`).template!,
    { names: shortNames(CLASSES), columns: new Map() },
    await model.tokenizer(),
    { contextLength: model.contextLength },
  );
  const recipe = defaultRecipe({ name: 'cached', shots: SHOTS });
  const shots = clusters(CLASSES, SHOTS, width, 1);
  const held = clusters(CLASSES, TEST_PER_CLASS, width, 2);
  const accuracyOf = (texts: Float32Array) => {
    const { predictions } = classify(held.features, unitRows(texts, width), width, model.similarity.scale);
    return predictions.filter((prediction, i) => prediction === held.labels[i]).length / predictions.length;
  };
  const initial = initialContext(template, CLASSES, await model.textTables(), 1);
  let accuracy = 0;
  let torchAccuracy: number | null = null;
  let torchCutSeconds: number | null = null;
  const steps = stepsPerEpoch(shots.labels.length, recipe.batch) * recipe.epochs;
  const spent = await seconds(async () => {
    const problem = await buildProblem({
      model,
      template,
      classes: CLASSES,
      batch: recipe.batch,
    });
    const runner = await createStepRunner(problem, { device: 'cpu', threads });
    const { context } = await train({ runner, ...shots, recipe, seed: 1, start: untrained(initial) });
    accuracy = accuracyOf(await runner.features(context));
    await runner.release();
  });
  if (torch !== null) {
    const prompts = template.rows.map(rows => rows.map(row => (row.kind === 'token' ? row.id : 0)));
    const { seconds: torchSeconds, texts } = await torch.train({
      prompts,
      vectors: VECTORS,
      context: [...initial],
      features: [...shots.features],
      labels: [...shots.labels],
      epochs: recipe.epochs,
      batch: recipe.batch,
    });
    torchCutSeconds = torchSeconds;
    torchAccuracy = accuracyOf(Float32Array.from(texts));
  }
  return { steps, seconds: spent, accuracy, torchAccuracy, torchCutSeconds };
}
