import { readCheckpoint } from '../../files/runs/checkpoint';
import type { RunWriter } from '../../files/runs/run-writer';
import type { RunSpec } from '../../shared/contracts/method-spec';
import type { RunState } from '../../shared/contracts/run';
import { correctShare } from '../measure/correct-share';
import type { CreateRunner } from '../methods/coop/prompt-method';
import { methodOf } from '../methods/methods';
import type { Classifier, Epoch, Learned, LearnIo, Saved } from '../methods/parts/method';
import { FallingDevice } from '../runtime/falling-device';
import type { Device } from '../runtime/session';
import type { EncodedImages } from '../task/encoded-images';
import type { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import type { OpenedRun } from './open-run';
import { checkpointOf, progressOf, type RunProgress } from './run-progress';
import { taskWarnings } from './task-warnings';

export interface LearnOptions {
  /** Compiles the steps for a device. */
  readonly createRunner?: CreateRunner;
  /** Default: 15 seconds. */
  readonly checkpointEveryMs?: number;
  /** Tasks that this process has open; default: the run opens its own. */
  readonly shelf?: TaskShelf;
  /** See `SessionOptions.lane`: of runs side by side in one process each has its own. */
  readonly lane?: number;
}

/** What all seeds of a run have learned, and how it came about. */
export interface LearnedRun {
  readonly learned: readonly Learned[];
  readonly resumes: number;
  readonly exact: boolean;
  readonly device: string;
  /** Seconds of all processes so far. */
  readonly seconds: () => number;
}

/** How often the state tells where a run is within an epoch; the steps of a large problem take seconds. */
const TELL_EVERY_MS = 1000;

/** The learning phase of a run: one seed after the other, from its last checkpoint on. */
export class RunLearning {
  private readonly device: FallingDevice;
  private progress: RunProgress;
  private dev: EncodedImages | null = null;
  /** The seed that `dev` is of. */
  private judge: number | null = null;
  private told = performance.now();

  constructor(
    private readonly run: OpenedRun,
    private readonly writer: RunWriter,
    private readonly work: Work,
    private readonly options: LearnOptions,
    /** `performance.now()` when this process began with the run. */
    private readonly started: number,
  ) {
    const { inputs } = run;
    this.progress = {
      learned: [],
      saved: null,
      threads: inputs.threads,
      device: inputs.device,
      exact: true,
      resumes: 0,
      seconds: 0,
    };
    this.device = new FallingDevice(
      inputs.device as Device,
      inputs.refused ?? [],
      async (device, refused) => {
        this.progress = { ...this.progress, exact: false };
        const { device: lost, reason } = refused.at(-1)!;
        await writer.event({ type: 'device', device, refused });
        await writer.event({ type: 'warning', message: `${lost} failed, ${device} goes on. ${reason}` });
        await writer.state({ device, refused });
      },
    );
  }

  /** @throws as `Learner.learn`; `run.corrupt` for a checkpoint that is not this run's */
  async learn(): Promise<LearnedRun> {
    const { inputs, task, assignment } = this.run;
    await this.begin();
    const { seeds } = inputs.recipe;
    const learner = await methodOf(assignment.spec).begin(task, assignment, this.io());
    try {
      while (this.progress.learned.length < seeds.length) {
        const seedIndex = this.progress.learned.length;
        const seed = seeds[seedIndex]!;
        if (this.judge !== seed && this.judgeOfSeed) await this.judgeBy(seed);
        const learned = await learner.learn(seed, this.progress.saved);
        await this.keep({ learned: [...this.progress.learned, learned], saved: null });
        // Before the next seed's first epoch its images are encoded: the place of this one is over.
        if (seedIndex + 1 < seeds.length)
          await this.writer.phase('learning', { seedIndex: seedIndex + 1, epoch: 0, step: 0 });
      }
    } finally {
      await learner.release();
    }
    const { learned, exact, resumes } = this.progress;
    return { learned, exact, resumes, device: this.device.device, seconds: () => this.seconds() };
  }

  /** Reads where the run is, encodes the images that it is judged by, and says both. */
  private async begin(): Promise<void> {
    const { inputs, task, assignment } = this.run;
    const { writer, work } = this;
    const saved = await readCheckpoint(writer.directory);
    if (saved !== null) {
      const progress = progressOf(saved, writer.directory);
      const same = progress.threads === inputs.threads && progress.device === inputs.device;
      this.progress = {
        ...progress,
        threads: inputs.threads,
        device: inputs.device,
        exact: progress.exact && same,
        resumes: progress.resumes + 1,
      };
    }
    work.signal?.throwIfAborted();
    await writer.phase('encoding');
    const seed = inputs.recipe.seeds[this.progress.learned.length] ?? inputs.recipe.seeds[0]!;
    const baselineDevAccuracy = await this.judgeBy(seed);
    if (saved === null) for (const warning of taskWarnings(task, assignment.spec)) work.onWarning?.(warning);
    const step = this.progress.saved?.figures['step'] ?? 0;
    if (saved !== null) await writer.event({ type: 'resume', step, exact: this.progress.exact });
    await writer.phase('learning', {
      baselineDevAccuracy,
      device: inputs.device,
      refused: inputs.refused ?? [],
      ...(saved === null ? {} : { resumedFromStep: step }),
    });
  }

  /** Each seed has images of its own to be judged by: those of a published split, and of the paper's protocol. */
  private get judgeOfSeed(): boolean {
    const { task, inputs } = this.run;
    return task.dataset.published || isPaper(inputs.recipe);
  }

  /** Encodes the images that a seed is judged by; the baseline's accuracy on them. */
  private async judgeBy(seed: number): Promise<number> {
    const { task, assignment, inputs } = this.run;
    const { writer, work } = this;
    const { shots } = inputs.recipe;
    this.dev = await (isPaper(inputs.recipe)
      ? task.validationShots(shots, seed, work)
      : task.validation(shots, seed, work));
    this.judge = seed;
    const { failed, images } = this.dev;
    if (failed.length > 0)
      work.onWarning?.(
        `${failed.length} dev images cannot be read and are left out; the first is ${failed[0]!.path}: ${failed[0]!.detail}`,
      );
    const baseline = await task.text(assignment.baseline, work);
    const devAccuracy = this.devAccuracy({ answer: asked => task.answer(asked, baseline.features) });
    await writer.event({ type: 'baseline', devAccuracy, devCount: images.length });
    await writer.state({ baselineDevAccuracy: devAccuracy });
    return devAccuracy;
  }

  private io(): LearnIo & { readonly createRunner?: CreateRunner } {
    const { createRunner, checkpointEveryMs, lane = 0 } = this.options;
    const { signal, onProgress, onWarning } = this.work;
    return {
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(onWarning === undefined ? {} : { onWarning }),
      device: this.device,
      threads: this.run.inputs.threads,
      lane,
      ...(createRunner === undefined ? {} : { createRunner }),
      ...(checkpointEveryMs === undefined ? {} : { checkpointEveryMs }),
      onStep: (step, steps, stepsPerSecond) => {
        if (performance.now() - this.told < TELL_EVERY_MS) return;
        this.told = performance.now();
        // A state that cannot be written is no reason to stop; the next one may be.
        this.writer.state(this.place(step, steps, stepsPerSecond)).catch(() => undefined);
      },
      onEpoch: epoch => this.tell(epoch),
      onCheckpoint: saved => this.keep({ saved }),
    };
  }

  private async tell({
    epoch,
    epochs,
    step,
    steps,
    stepsPerSecond,
    figures,
    classifier,
  }: Epoch): Promise<void> {
    const { recipe } = this.run.inputs;
    // A method that chooses by it knows it already.
    const devAccuracy = figures['devAccuracy'] ?? this.devAccuracy(classifier);
    const { loss } = figures;
    const seed = recipe.seeds[this.progress.learned.length]!;
    this.writer.epoch({
      type: 'epoch',
      seed,
      epoch,
      epochs,
      step,
      figures: { ...figures, devAccuracy, stepsPerSecond },
    });
    await this.writer.state({
      ...this.place(step, steps, stepsPerSecond),
      epochs,
      epoch,
      devAccuracy,
      ...(loss === undefined ? {} : { loss }),
    });
  }

  private async keep(change: { learned?: readonly Learned[]; saved: Saved | null }): Promise<void> {
    this.progress = { ...this.progress, ...change };
    const { tensors, metadata } = checkpointOf({
      ...this.progress,
      device: this.device.device,
      seconds: this.seconds(),
    });
    await this.writer.checkpoint(tensors, metadata, change.saved?.figures['step'] ?? 0);
  }

  private place(step: number, steps: number, stepsPerSecond: number): Partial<RunState> {
    const seedIndex = this.progress.learned.length;
    const left = steps - step + steps * (this.run.inputs.recipe.seeds.length - seedIndex - 1);
    return { seedIndex, step, steps, stepsPerSecond, etaSeconds: left / stepsPerSecond };
  }

  private devAccuracy(classifier: Classifier): number {
    return correctShare(classifier.answer(this.dev!).predictions, this.dev!.labels);
  }

  private seconds(): number {
    return this.progress.seconds + (performance.now() - this.started) / 1000;
  }
}

const isPaper = (recipe: RunSpec) => recipe.method !== 'words' && recipe.name === 'paper';
