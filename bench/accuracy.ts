import { correctShare } from '../src/engine/measure/correct-share';
import { unitRows } from '../src/engine/measure/unit-features';
import { defaultRecipe } from '../src/engine/methods/coop/default-recipe';
import { methodOf } from '../src/engine/methods/methods';
import type { Assignment } from '../src/engine/methods/parts/method';
import { createTextEncoder } from '../src/engine/models/encoders/text-encoder';
import type { ClipModel } from '../src/engine/models/parts/clip-model';
import { openModel } from '../src/engine/models/shelf/open-model';
import { noFixedVectors } from '../src/engine/prompt/embed-rows';
import { templateRows } from '../src/engine/prompt/template-rows';
import { FallingDevice } from '../src/engine/runtime/falling-device';
import { findLine } from '../src/engine/task/prompt-lines';
import type { Task } from '../src/engine/task/task';
import type { PromptChoice } from '../src/shared/contracts/method-spec';
import { parsePrompts } from '../src/shared/template/parse-prompts';
import { parseTemplate } from '../src/shared/template/parse-template';
import type { Template } from '../src/shared/template/syntax';
import { shortNames } from './class-names';
import { clusters } from './clusters';
import { median } from './timing';
import type { Torch } from './torch';

const VECTORS = 16;
const [DEV_PER_CLASS, HELD_PER_CLASS] = [4, 20];
const BASELINE = 'a photo of a {}.';

export interface AccuracyFigures {
  /** Of CoOp's schedule, computed here: what it ends at, its steps, and after how many it first was as good as that. */
  readonly target: number;
  readonly referenceSteps: number;
  readonly referenceFirst: number;
  /** Of the recipe `fast`: evaluations of the text tower and seconds until it first was as good; null if never. */
  readonly evaluations: number | null;
  readonly seconds: number | null;
  /** What it ended at. */
  readonly accuracy: number;
  /** One of PyTorch's steps on 77 rows a class. */
  readonly torchDense: number | null;
}

export interface AccuracyOptions {
  readonly model: string;
  readonly classes: number;
  readonly shots: number;
  readonly threads: number;
  readonly torch: Torch | null;
}

/** Accuracy on held-out features over the time that learning takes, by the recipe `fast` and by CoOp's own schedule. */
export async function accuracyBench(options: AccuracyOptions): Promise<AccuracyFigures> {
  const { classes, shots, torch } = options;
  const names = shortNames(classes);
  const model = await openModel(options.model);
  const task = await clusterTask(model, names, shots, options.threads);
  const held = clusters(classes, HELD_PER_CLASS, model.embedWidth, 3);
  const learn = (choice: PromptChoice) => accuracies(task, { ...choice, shots }, held, options.threads);
  const torchTimes: number[] = [];
  const timeTorch = async () => {
    if (torch === null) return;
    const { rows } = await task.rows(parseTemplate(`[V:${VECTORS}] {}.`).template!);
    const prompts = rows.rows.map(prompt => prompt.map(row => (row.kind === 'token' ? row.id : 0)));
    const work = { work: 'step', prompts, tokens: model.contextLength, vectors: VECTORS } as const;
    torchTimes.push(await torch.time(work));
  };
  await timeTorch();
  const fast = await learn({ name: 'fast', views: 0 });
  await timeTorch();
  const reference = await learn({ name: 'cached' });
  const target = reference.at(-1)!.accuracy;
  const reached = fast.find(({ accuracy }) => accuracy >= target);
  return {
    target,
    referenceSteps: reference.at(-1)!.step,
    referenceFirst: reference.find(({ accuracy }) => accuracy >= target)!.step,
    evaluations: reached?.step ?? null,
    seconds: reached?.seconds ?? null,
    accuracy: fast.at(-1)!.accuracy,
    torchDense: torchTimes.length === 0 ? null : median(torchTimes),
  };
}

interface Reached {
  readonly step: number;
  /** Since learning began; sessions are compiled in it. */
  readonly seconds: number;
  readonly accuracy: number;
}

async function accuracies(
  task: Task,
  choice: PromptChoice,
  held: ReturnType<typeof clusters>,
  threads: number,
): Promise<readonly Reached[]> {
  const spec = defaultRecipe(choice);
  const assignment: Assignment<typeof spec> = {
    spec,
    template: parseTemplate(`[V:${VECTORS}] {}.`).template!,
    baseline: findLine(parsePrompts(`@images x\n${BASELINE}\n`), BASELINE),
  };
  const reached: Reached[] = [];
  const begun = performance.now();
  const learner = await methodOf(spec).begin(task, assignment, {
    device: new FallingDevice('cpu', [], () => undefined),
    threads,
    onStep: () => undefined,
    onCheckpoint: async () => undefined,
    onEpoch: async ({ step, classifier }) => {
      const { predictions } = classifier.answer({ ...held, pooled: new Float32Array() });
      reached.push({
        step,
        seconds: (performance.now() - begun) / 1000,
        accuracy: correctShare(Int32Array.from(predictions), held.labels),
      });
    },
  });
  await learner.learn(1, null);
  await learner.release();
  return reached;
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
