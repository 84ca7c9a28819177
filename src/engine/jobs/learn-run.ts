import { contextBytes, type LearnedContext } from '../../files/contexts/learned-context';
import { watchControl } from '../../files/runs/control';
import { RunWriter, readCheckpoint } from '../../files/runs/run-writer';
import { type Recipe, RUN_FILES, type RunInputs, type RunPhase } from '../../shared/contracts/run';
import { CoopError, errorData } from '../../shared/errors';
import { parseTemplate } from '../../shared/template/parse-template';
import { unitRows } from '../measure/unit-features';
import { classify } from '../measure/zero-shot';
import { checkpointOf, progressOf, type RunProgress } from '../methods/coop/checkpoint-state';
import { stepRunnerFor } from '../methods/coop/chunked-step-runner';
import { initialContext } from '../methods/coop/initial-context';
import { numberVectors } from '../methods/coop/learn-problem';
import { createStepRunner } from '../methods/coop/step-runner';
import { type EpochReport, stepsPerEpoch, train, untrained } from '../methods/coop/trainer';
import { ModelShelf, type OpenedModel } from '../models/shelf/opened-model';
import type { TemplateRows } from '../prompt/template-rows';
import type { Device } from '../runtime/session';
import { type EncodedImages, imageFeatures } from '../task/image-features';
import { type Dataset, imagesOf, loadDataset } from '../task/load-dataset';
import { modelFolder, openProject, type Project } from '../task/open-project';
import { findLine } from '../task/prompt-lines';
import { rowsWithContexts, textFeatures } from '../task/text-features';
import type { Work } from '../task/work';
import { LearningDevice } from './learning-device';
import { reportOf } from './report-of-run';
import { trainingImages } from './training-images';

/** Everything a run works with once its inputs are read. */
export interface RunMaterial {
  readonly inputs: RunInputs;
  readonly project: Project;
  readonly dataset: Dataset;
  readonly opened: OpenedModel;
  readonly rows: TemplateRows;
  readonly pool: EncodedImages;
  readonly dev: EncodedImages;
  readonly test: EncodedImages;
}

export interface LearnOptions {
  /** Compiles the steps for a device. */
  readonly createRunner?: typeof createStepRunner;
  /** Default: 15 seconds. */
  readonly checkpointEveryMs?: number;
}

/**
 * The training process: learns what `run.json` asks for, from the beginning or from the last checkpoint, and writes
 * context and report. Stops after saving when `control` or the signal says so.
 * @throws CoopError as it has written into the run's state: `run.locked`, `run.changed`, `run.nonFinite` and the
 * errors of loading images and model
 */
export async function learnRun(
  directory: string,
  work: Work = {},
  options: LearnOptions = {},
): Promise<void> {
  const writer = await RunWriter.open(directory);
  const stop = new AbortController();
  const control = await watchControl(directory, () => stop.abort());
  const signal = work.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, work.signal]);
  try {
    const watched: Work = {
      signal,
      onProgress: progress => {
        work.onProgress?.(progress);
        const { done, total, unit } = progress;
        writer.state({ progress: { done, total, unit } }).catch(() => undefined);
      },
    };
    await learn(writer, watched, options);
  } catch (thrown) {
    const error = errorData(thrown);
    const stopped = error.code === 'cancelled';
    if (!stopped) await writer.event({ type: 'error', error }).catch(() => undefined);
    await writer.phase(stopped ? 'stopped' : 'failed', stopped ? {} : { error }).catch(() => undefined);
    throw thrown;
  } finally {
    control.dispose();
    await writer.close();
  }
}

async function learn(writer: RunWriter, work: Work, options: LearnOptions): Promise<void> {
  const { createRunner = createStepRunner, checkpointEveryMs } = options;
  const { inputs } = writer.summary;
  const started = performance.now();
  const refused = inputs.refused ?? [];
  await writer.event({ type: 'device', device: inputs.device, refused });
  const material = await prepare(writer, inputs, work);
  const { dataset, opened, rows, dev, project } = material;
  const classes = dataset.classes.names.length;

  const baseline = await textFeatures(
    opened,
    findLine(project.document, inputs.baseline),
    dataset.classes,
    project.folder,
  );
  const baselineDev = accuracy(dev, baseline.features, opened);
  await writer.event({ type: 'baseline', devAccuracy: baselineDev, devCount: dev.images.length });

  const size = numberVectors(rows, classes).vectors * opened.model.text.width;
  const saved = await readCheckpoint(writer.directory);
  let progress: RunProgress =
    saved === null
      ? {
          seedIndex: 0,
          state: null,
          contexts: [],
          losses: [],
          threads: inputs.threads,
          device: inputs.device,
        }
      : progressOf(saved, size, writer.directory);
  let exact = progress.threads === inputs.threads && progress.device === inputs.device;
  const resumed = saved !== null;
  if (resumed) await writer.event({ type: 'resume', step: progress.state?.step ?? 0, exact });
  await writer.phase('learning', {
    baselineDevAccuracy: baselineDev,
    device: inputs.device,
    refused,
    ...(resumed ? { resumedFromStep: progress.state?.step ?? 0 } : {}),
  });

  const learning = new LearningDevice({
    device: inputs.device as Device,
    refused,
    createRunner: async (batch, device) => {
      const { fixedVector } = await templateMaterial(material);
      const problem = { model: opened.model, template: rows, classes, fixedVector, batch };
      return stepRunnerFor(problem, { device, threads: inputs.threads }, createRunner);
    },
    onFall: async (device, refusals) => {
      exact = false;
      const { device: lost, reason } = refusals.at(-1)!;
      await writer.event({ type: 'device', device, refused: refusals });
      await writer.event({ type: 'warning', message: `${lost} failed, ${device} goes on. ${reason}` });
      await writer.state({ device, refused: refusals });
    },
  });
  const { recipe } = inputs;
  for (let seedIndex = progress.seedIndex; seedIndex < recipe.seeds.length; seedIndex++) {
    const seed = recipe.seeds[seedIndex]!;
    const shots = trainingImages(material, seed, work);
    let state =
      progress.state ?? untrained(initialContext(rows, classes, await opened.model.textTables(), seed));
    const perEpoch = stepsPerEpoch(shots.labels.length, recipe.batch);
    const before = progress;
    const base = (): RunProgress => ({
      ...before,
      seedIndex,
      threads: inputs.threads,
      device: learning.device,
    });
    const end = await learning.run(Math.min(recipe.batch, shots.labels.length), runner =>
      train({
        runner,
        ...shots,
        recipe,
        seed,
        start: state,
        ...(work.signal === undefined ? {} : { signal: work.signal }),
        ...(checkpointEveryMs === undefined ? {} : { checkpointEveryMs }),
        onStep: stepTeller(writer, inputs, seedIndex, perEpoch),
        onEpoch: async (report, context) => {
          const features = unitRows(await runner.features(context), opened.model.embedWidth);
          await reportEpoch(writer, inputs, seedIndex, perEpoch, report, accuracy(dev, features, opened));
        },
        onCheckpoint: async reached => {
          state = reached;
          const { tensors, metadata } = checkpointOf({ ...base(), state });
          await writer.checkpoint(tensors, metadata, state.step);
        },
      }),
    );
    progress = {
      ...base(),
      seedIndex: seedIndex + 1,
      state: null,
      contexts: [...before.contexts, end.context],
      losses: [...before.losses, end.lastEpochLoss],
    };
    const { tensors, metadata } = checkpointOf(progress);
    await writer.checkpoint(tensors, metadata, end.step);
  }
  await learning.release();

  await writer.phase('reporting');
  const contexts = progress.contexts.map(context => contextOf(material, context));
  const report = await reportOf(
    material,
    contexts,
    progress.losses,
    {
      seconds: (performance.now() - started) / 1000,
      resumes: Number(resumed),
      exactResume: exact,
      device: learning.device,
    },
    work,
  );
  const { recipe: made } = inputs;
  await writer.file(
    RUN_FILES.context,
    contextBytes({
      ...contexts[0]!,
      recipe: `${made.name}, ${made.shots} shots, seed ${made.seeds[0]}, ${made.epochs} epochs`,
      devAccuracy: report.seeds[0]!.dev.value,
    }),
  );
  await writer.file(RUN_FILES.report, `${JSON.stringify(report)}\n`);
  await writer.phase('done', { devAccuracy: report.seeds[0]!.dev.value });
}

async function prepare(writer: RunWriter, inputs: RunInputs, work: Work): Promise<RunMaterial> {
  const phase = async (name: RunPhase) => {
    work.signal?.throwIfAborted();
    await writer.phase(name);
  };
  await phase('scanning');
  const project = openProject(inputs.document);
  const dataset = await loadDataset(project, work);
  const shelf = new ModelShelf({ device: inputs.device, threads: inputs.threads });
  const opened = await shelf.open(modelFolder(project), project.document.directives.model!);
  checkUnchanged(inputs, dataset, opened);
  await phase('encoding');
  const encode = (part: 'pool' | 'dev' | 'test') =>
    imageFeatures(project, dataset, opened, imagesOf(dataset, part), work);
  const [pool, dev, test] = [await encode('pool'), await encode('dev'), await encode('test')];
  const failed = [pool, dev, test].flatMap(part => part.failed);
  if (failed.length > 0) {
    const message = `${failed.length} images cannot be read and are left out; the first is ${failed[0]!.path}: ${failed[0]!.detail}`;
    await writer.event({ type: 'warning', message });
  }
  const { template } = parseTemplate(inputs.template);
  const { rows } = await rowsWithContexts(opened, template!, dataset.classes, project.folder);
  return { inputs, project, dataset, opened, rows, pool, dev, test };
}

function checkUnchanged({ hashes }: RunInputs, dataset: Dataset, opened: OpenedModel): void {
  const changed = [
    ...(hashes.model === opened.hash ? [] : ['the model']),
    ...(hashes.dataset === dataset.hash ? [] : ['the images']),
    ...(hashes.classes === dataset.classesHash ? [] : ['the class names']),
  ];
  if (changed.length === 0) return;
  throw new CoopError('run.changed', `Since this run began, ${changed.join(' and ')} changed.`, {
    next: 'Put them back to go on, or start a new run.',
  });
}

async function templateMaterial({ opened, inputs, dataset, project }: RunMaterial) {
  return rowsWithContexts(opened, parseTemplate(inputs.template).template!, dataset.classes, project.folder);
}

async function reportEpoch(
  writer: RunWriter,
  { recipe }: RunInputs,
  seedIndex: number,
  perEpoch: number,
  report: EpochReport,
  devAccuracy: number,
): Promise<void> {
  const { epoch, step, loss, learningRate, stepsPerSecond } = report;
  await writer.event({
    type: 'epoch',
    seed: recipe.seeds[seedIndex]!,
    epoch,
    step,
    loss,
    learningRate,
    devAccuracy,
    stepsPerSecond,
  });
  const place = placeOf(recipe, seedIndex, perEpoch, step, stepsPerSecond);
  await writer.state({ ...place, epoch, loss, devAccuracy });
}

/** Tells where a run is within an epoch too, once a second at most: the steps of a large problem take seconds. */
function stepTeller(writer: RunWriter, { recipe }: RunInputs, seedIndex: number, perEpoch: number) {
  let told = performance.now();
  return (step: number, stepsPerSecond: number) => {
    if (performance.now() - told < 1000 || step % perEpoch === 0) return;
    told = performance.now();
    // A state that cannot be written is no reason to stop; the next one may be.
    writer.state(placeOf(recipe, seedIndex, perEpoch, step, stepsPerSecond)).catch(() => undefined);
  };
}

function placeOf(
  { epochs, seeds }: Recipe,
  seedIndex: number,
  perEpoch: number,
  step: number,
  stepsPerSecond: number,
) {
  const steps = perEpoch * epochs;
  const left = steps - step + steps * (seeds.length - seedIndex - 1);
  return { seedIndex, epochs, step, steps, stepsPerSecond, etaSeconds: left / stepsPerSecond };
}

export function accuracy(images: EncodedImages, texts: Float32Array, { model }: OpenedModel): number {
  const { predictions } = classify(images.features, texts, model.embedWidth, model.logitScale);
  return predictions.filter((prediction, i) => prediction === images.labels[i]).length / predictions.length;
}

/** The vectors of all learned slots as a context file holds them. */
function contextOf({ rows, dataset, opened, inputs }: RunMaterial, values: Float32Array): LearnedContext {
  const { width } = opened.model.text;
  const { slots } = numberVectors(rows, dataset.classes.names.length);
  return {
    width,
    slots: rows.slots.flatMap(({ length, perClass }, slot) => {
      const place = slots[slot];
      if (place == null) return [];
      const part = values.slice(place.first * width, (place.first + place.count) * width);
      return [{ length, perClass, values: part }];
    }),
    template: inputs.template,
    model: opened.model.id,
    modelHash: opened.hash,
    classNames: dataset.classes.names,
    runId: inputs.id,
    createdAt: inputs.createdAt,
  };
}
