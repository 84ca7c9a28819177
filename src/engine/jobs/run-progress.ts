import * as v from 'valibot';
import type { TensorToWrite } from '../../files/tensors/write-safetensors';
import { count, finite, storedText } from '../../shared/contracts/stored';
import { CoopError } from '../../shared/errors';
import type { Learned, Saved } from '../methods/parts/method';

/** Where a run is, as its checkpoint holds it: seeds before `learned.length` have ended, the present one stands at `saved`. */
export interface RunProgress {
  readonly learned: readonly Learned[];
  readonly saved: Saved | null;
  /** Of the process that wrote the checkpoint. */
  readonly threads: number;
  readonly device: string;
  /** False once any step was taken on another device or thread count than the run asked for. */
  readonly exact: boolean;
  /** How often a process went on from a checkpoint. */
  readonly resumes: number;
  /** Spent by all processes until the checkpoint. */
  readonly seconds: number;
}

const DONE = /^done\.(\d+)(?:\.(.+))?$/;

export function checkpointOf({ learned, saved, ...facts }: RunProgress): {
  readonly tensors: ReadonlyMap<string, TensorToWrite>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const tensors = new Map<string, TensorToWrite>();
  const put = (name: string, data: Float32Array) => tensors.set(name, { data, shape: [data.length] });
  for (const [at, { tensors: ended }] of learned.entries())
    for (const [name, data] of ended) put(`done.${at}.${name}`, data);
  for (const [name, data] of saved?.tensors ?? []) put(name, data);
  const progress = {
    ...facts,
    learned: learned.map(({ kind, figures }) => ({ kind, figures })),
    figures: saved?.figures ?? null,
  };
  return { tensors, metadata: { progress: storedText(Facts, progress, 'checkpoint.safetensors').trimEnd() } };
}

const figures = v.record(v.string(), finite);
const machine = { threads: v.pipe(count, v.minValue(1)), device: v.string() };

const Facts = v.object({
  ...machine,
  exact: v.boolean(),
  resumes: count,
  seconds: v.pipe(finite, v.minValue(0)),
  learned: v.array(v.object({ kind: v.picklist(['context', 'classifier', 'words']), figures })),
  figures: v.nullable(figures),
});

/** As version 0.1 wrote it, for one method. */
const Facts01 = v.object({
  ...machine,
  losses: v.array(finite),
  step: count,
  epochLoss: finite,
  lastEpochLoss: v.optional(finite, 0),
});

/**
 * @param directory names the run in messages
 * @throws CoopError `run.corrupt` when the checkpoint does not fit together
 */
export function progressOf(
  checkpoint: {
    readonly tensors: ReadonlyMap<string, Float32Array>;
    readonly metadata: Readonly<Record<string, string>>;
  },
  directory: string,
): RunProgress {
  const text = v.safeParse(v.pipe(v.string(), v.parseJson()), checkpoint.metadata['progress']);
  const facts = text.success ? (read(Facts, text.output) ?? fromVersion01(text.output)) : undefined;
  if (facts === undefined) throw notOfThisRun(directory);
  const { learned, figures: present, ...rest } = facts;
  const saved = new Map<string, Float32Array>();
  const done = learned.map(() => new Map<string, Float32Array>());
  for (const [name, data] of checkpoint.tensors) {
    const [, number, inside = 'context'] = DONE.exec(name) ?? [];
    if (number === undefined) saved.set(name, data);
    else if (done[Number(number)] === undefined) throw notOfThisRun(directory);
    else done[Number(number)]!.set(inside, data);
  }
  if (done.some(tensors => tensors.size === 0)) throw notOfThisRun(directory);
  return {
    ...rest,
    learned: learned.map((ended, at) => ({ ...ended, tensors: done[at]! })),
    saved: present === null || saved.size === 0 ? null : { tensors: saved, figures: present },
  };
}

function read<const S extends v.GenericSchema>(schema: S, json: unknown): v.InferOutput<S> | undefined {
  const result = v.safeParse(schema, json);
  return result.success ? result.output : undefined;
}

function fromVersion01(json: unknown): v.InferOutput<typeof Facts> | undefined {
  const old = read(Facts01, json);
  if (old === undefined) return undefined;
  const { losses, step, epochLoss, lastEpochLoss, ...rest } = old;
  return {
    ...rest,
    exact: true,
    resumes: 0,
    seconds: 0,
    learned: losses.map(loss => ({ kind: 'context', figures: { loss } })),
    figures: { step, epochLoss, lastEpochLoss },
  };
}

function notOfThisRun(directory: string): CoopError {
  return new CoopError('run.corrupt', `The checkpoint of ${directory} does not belong to this run.`, {
    subject: directory,
    next: 'Delete checkpoint.safetensors there to learn from the beginning.',
  });
}
