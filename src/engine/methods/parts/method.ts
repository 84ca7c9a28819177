import type { MethodSpec } from '../../../shared/contracts/method-spec';
import type { Template } from '../../../shared/template/syntax';
import type { Classified } from '../../measure/zero-shot';
import type { FallingDevice } from '../../runtime/falling-device';
import type { ImageRows } from '../../task/encoded-images';
import type { PromptLine } from '../../task/prompt-lines';
import type { Task } from '../../task/task';
import type { Work } from '../../task/work';

/** What is to be learned, and how. */
export interface Assignment<Spec extends MethodSpec = MethodSpec> {
  readonly spec: Spec;
  /** The layout whose slots are learned; methods that work on image features alone do not look at it. */
  readonly template: Template;
  /** The hand-written line that the gain is measured against. */
  readonly baseline: PromptLine;
}

/** Numbers by their name, as events, curves and tables show them (`loss`, `learningRate`, …). */
export type Figures = Readonly<Record<string, number>>;

/** Where the learning of one seed stands, so that it can go on in another process. */
export interface Saved {
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly figures: Figures;
}

/** What one seed has learned; `tensors` are flat, their meaning is the method's. */
export interface Learned extends Saved {
  readonly kind: 'context' | 'classifier' | 'words';
}

/** Anything that answers about images: hand-written prompts, learned ones, a classifier on image features. */
export interface Classifier {
  answer(images: ImageRows): Classified;
}

export interface Epoch {
  /** Epochs and steps done, and of how many. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly stepsPerSecond: number;
  /** With `devAccuracy` where the method is judged by the same dev images itself; else whoever runs it adds that. */
  readonly figures: Figures;
  /** What is learned by now. */
  readonly classifier: Classifier;
}

/** What a method is given by, and tells, whoever runs it. */
export interface LearnIo extends Work {
  readonly device: FallingDevice;
  readonly threads: number;
  /** See `SessionOptions.lane`. */
  readonly lane?: number;
  /** Default: 15 seconds. */
  readonly checkpointEveryMs?: number;
  readonly onStep: (step: number, steps: number, stepsPerSecond: number) => void;
  readonly onEpoch: (epoch: Epoch) => Promise<void>;
  /** Often enough that a kill loses a minute at most, when the device fails, and when the work is stopped. */
  readonly onCheckpoint: (saved: Saved) => Promise<void>;
}

/** One assignment made ready, for any number of seeds. */
export interface Learner {
  /**
   * @param from where an earlier process left this seed; null to begin
   * @throws CoopError `run.nonFinite`, `run.corrupt` for a `from` of another assignment; the signal's reason, after a checkpoint
   */
  learn(seed: number, from: Saved | null): Promise<Learned>;
  release(): Promise<void>;
}

/** What learning will take, before any work. */
export interface Plan {
  /** Steps of all seeds. */
  readonly steps: number;
  /** Seconds of this machine's processor, a guess. */
  readonly seconds: number;
}

/** What a method found among lines that anyone could have written. */
export interface PlainLines<Spec extends MethodSpec> {
  /** The one that takes the layout's place, then the others that it was chosen from: together an ensemble. */
  found(learned: Learned, assignment: Assignment<Spec>): readonly Template[];
  /** Lines that nobody chose, as long as the one found. */
  random(count: number, learned: Learned, assignment: Assignment<Spec>): Promise<readonly Template[]>;
}

/** A way to learn from shots. A method is a folder of its own, its spec, and a line in `methods.ts`. */
export interface Method<Spec extends MethodSpec = MethodSpec> {
  readonly id: Spec['method'];
  /** What a table calls it. */
  readonly title: string;
  /** True where what is learned changes images alone: `open` with another `baseline` asks that line of it. */
  readonly asksAnyLine?: boolean;
  plan(task: Task, assignment: Assignment<Spec>, threads: number): Plan;
  begin(task: Task, assignment: Assignment<Spec>, io: LearnIo): Promise<Learner>;
  open(learned: Learned, task: Task, assignment: Assignment<Spec>): Promise<Classifier>;
  /** Of a method whose result is plain lines; others' stands in a context file that the line refers to. */
  readonly plain?: PlainLines<Spec>;
  /** What a reader of a table needs to know of the results of all seeds, as sentences. */
  note(learned: readonly Learned[], task: Task, assignment: Assignment<Spec>): string;
}
