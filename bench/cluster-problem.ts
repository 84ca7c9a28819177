import { unitRows } from '../src/engine/measure/unit-features';
import { defaultRecipe } from '../src/engine/methods/coop/default-recipe';
import { createTextEncoder } from '../src/engine/models/encoders/text-encoder';
import type { ClipModel } from '../src/engine/models/parts/clip-model';
import { openModel } from '../src/engine/models/shelf/open-model';
import { noFixedVectors } from '../src/engine/prompt/embed-rows';
import { templateRows } from '../src/engine/prompt/template-rows';
import { findLine } from '../src/engine/task/prompt-lines';
import type { Task } from '../src/engine/task/task';
import { parsePrompts } from '../src/shared/template/parse-prompts';
import { parseTemplate } from '../src/shared/template/parse-template';
import type { Template } from '../src/shared/template/syntax';
import { shortNames } from './class-names';
import { clusters } from './clusters';
import type { AccuracyProblem } from './equal-accuracy';

const [DEV_PER_CLASS, HELD_PER_CLASS] = [4, 20];
const BASELINE = 'a photo of a {}.';

/** Made-up features around one direction per class, whose names mean nothing to a model of random weights. */
export async function clusterProblem(
  folder: string,
  classes: number,
  shots: number,
  threads: number,
): Promise<AccuracyProblem> {
  const names = shortNames(classes);
  const model = await openModel(folder);
  const template = parseTemplate('[V:16] {}.').template!;
  const baseline = findLine(parsePrompts(`@images x\n${BASELINE}\n`), BASELINE);
  return {
    task: await clusterTask(model, names, shots, threads),
    held: { ...clusters(classes, HELD_PER_CLASS, model.embedWidth, 3), pooled: new Float32Array() },
    fast: { spec: defaultRecipe({ name: 'fast', views: 0, shots }), template, baseline },
    reference: { spec: defaultRecipe({ name: 'cached', shots }), template, baseline },
  };
}

/** All that a learner of prompts reads of a task, on features of clusters: there are no images behind them. */
async function clusterTask(model: ClipModel, names: readonly string[], shots: number, threads: number) {
  const width = model.embedWidth;
  const tokenizer = await model.tokenizer();
  const rows = async (template: Template) => ({
    rows: templateRows(template, { names, columns: new Map() }, tokenizer, {
      contextLength: model.contextLength,
    }),
    fixedVector: noFixedVectors,
  });
  const encoder = await createTextEncoder(model, { threads });
  const baseline = await rows(parseTemplate(BASELINE).template!);
  const features = unitRows(await encoder.encode(baseline.rows.rows), width);
  await encoder.release();
  const images = (perClass: number, stream: number) => ({
    ...clusters(names.length, perClass, width, stream),
    images: [],
    pooled: new Float32Array(),
    failed: [],
  });
  const classify = (of: { readonly features: Float32Array }, texts: Float32Array) =>
    model.similarity.classify(of.features, texts);
  return {
    model,
    opened: { tokenizer },
    classes: { names },
    rows,
    text: async () => ({ features }),
    shots: async () => images(shots, 1),
    validation: async () => images(Math.min(shots, DEV_PER_CLASS), 2),
    answer: classify,
    predictions: async (...asked: Parameters<typeof classify>) =>
      Int32Array.from(classify(...asked).predictions),
  } as unknown as Task;
}
