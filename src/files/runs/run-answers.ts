import {
  type AnswersHead,
  answersHeadText,
  type PartAnswers,
  type PartImages,
  parseAnswersHead,
  type RunAnswers,
} from '../../shared/contracts/run-answers';
import { CoopError } from '../../shared/errors';
import { isMissing } from '../disk/file-error';
import { parseSafetensors, type SafetensorsInMemory } from '../tensors/safetensors';
import { type TensorToWrite, writeSafetensors } from '../tensors/write-safetensors';
import { readRunFile, runFile } from './run-file';

/** Probabilities of all rows together; with more classes an image keeps its likeliest ones: 64 MB of float32. */
const MAX_PROBABILITIES = 2 ** 24;
const LIKELIEST = 5;
const PARTS = ['dev', 'test'] as const;

interface Answered {
  readonly predictions: Int32Array;
  /** [images, classes] */
  readonly probabilities: Float64Array;
}

/** What is written: answers as they were computed, with every class's probability. */
export interface AnswersToWrite {
  readonly classes: readonly string[];
  readonly train: AnswersHead['train'];
  readonly dev: { readonly paths: readonly string[]; readonly labels: Int32Array };
  readonly test: { readonly paths: readonly string[]; readonly labels: Int32Array };
  readonly rows: readonly (AnswersHead['rows'][number] & {
    readonly dev: Answered;
    readonly test: Answered;
  })[];
}

/** The bytes of `answers.safetensors`; numbers are float32, whole ones included. */
export function answersBytes(
  answers: AnswersToWrite,
  directory: string,
  most = MAX_PROBABILITIES,
): Uint8Array<ArrayBuffer> {
  const { classes, train, dev, test, rows } = answers;
  const whole = (dev.paths.length + test.paths.length) * rows.length * classes.length <= most;
  const kept = whole ? classes.length : Math.min(LIKELIEST, classes.length);
  const tensors = new Map<string, TensorToWrite>();
  for (const part of PARTS) {
    const n = answers[part].paths.length;
    tensors.set(`${part}.labels`, { shape: [n], data: Float32Array.from(answers[part].labels) });
    for (const [at, row] of rows.entries()) {
      const { predictions, probabilities } = row[part];
      tensors.set(`${part}.${at}.answers`, { shape: [n], data: Float32Array.from(predictions) });
      const shape = [n, kept];
      if (kept === classes.length) {
        tensors.set(`${part}.${at}.probabilities`, { shape, data: Float32Array.from(probabilities) });
        continue;
      }
      const likeliest = likeliestOf(probabilities, n, classes.length, kept);
      tensors.set(`${part}.${at}.likeliest`, { shape, data: likeliest });
      const data = likeliest.map((label, i) => probabilities[Math.floor(i / kept) * classes.length + label]!);
      tensors.set(`${part}.${at}.probabilities`, { shape, data });
    }
  }
  const head: AnswersHead = {
    format: 1,
    classes,
    train,
    dev: dev.paths,
    test: test.paths,
    rows: rows.map(({ kind, label, seed }) => ({ kind, label, seed })),
    kept,
  };
  return writeSafetensors(tensors, { head: answersHeadText(head, runFile(directory, 'answers')) });
}

function likeliestOf(probabilities: Float64Array, n: number, classes: number, kept: number): Float32Array {
  const out = new Float32Array(n * kept);
  for (let i = 0; i < n; i++) {
    const mine = probabilities.subarray(i * classes, (i + 1) * classes);
    const order = [...mine.keys()].sort((a, b) => mine[b]! - mine[a]! || a - b);
    out.set(order.slice(0, kept), i * kept);
  }
  return out;
}

/**
 * Every answer of a run that has ended with a report.
 * @throws CoopError `run.missing` for a run that kept none (of an earlier version); `run.corrupt`, `file.corrupt`,
 * `file.access`, `file.limit`
 */
export async function readAnswers(directory: string): Promise<RunAnswers> {
  const file = runFile(directory, 'answers');
  const bytes = await readRunFile(directory, 'answers').catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
    throw new CoopError('run.missing', `The run in ${directory} kept no answers about single images.`, {
      subject: directory,
      next: 'Wait until it is done; a run of an earlier version has to be learned again.',
      cause: thrown,
    });
  });
  const stored = parseSafetensors(bytes, file);
  const head = parseAnswersHead(stored.metadata['head'] ?? '', file);
  const read = new AnswerTensors(stored, head, file);
  return {
    classes: head.classes,
    train: head.train,
    dev: read.images('dev'),
    test: read.images('test'),
    rows: head.rows.map((row, at) => ({
      ...row,
      dev: read.answers('dev', at),
      test: read.answers('test', at),
    })),
  };
}

/** Tensors of a file that anyone may have written: of the shapes that the head demands, classes and shares only. */
class AnswerTensors {
  constructor(
    private readonly stored: SafetensorsInMemory,
    private readonly head: AnswersHead,
    private readonly file: string,
  ) {}

  images(part: 'dev' | 'test'): PartImages {
    return { paths: this.head[part], labels: this.labels(`${part}.labels`, [this.head[part].length]) };
  }

  answers(part: 'dev' | 'test', row: number): PartAnswers {
    const n = this.head[part].length;
    const { kept, classes } = this.head;
    const shape = [n, kept];
    const shares = this.values(`${part}.${row}.probabilities`, shape);
    if (!shares.every(share => share >= 0 && share <= 1)) throw this.corrupt(`${part}.${row}.probabilities`);
    const table = (values: ArrayLike<number>) =>
      Array.from({ length: n }, (_, i) => Array.from({ length: kept }, (_value, k) => values[i * kept + k]!));
    return {
      answers: this.labels(`${part}.${row}.answers`, [n]),
      probabilities: table(shares),
      ...(kept === classes.length
        ? {}
        : { likeliest: table(this.labels(`${part}.${row}.likeliest`, shape)) }),
    };
  }

  private labels(name: string, shape: readonly number[]): number[] {
    const values = Array.from(this.values(name, shape));
    if (values.every(label => Number.isInteger(label) && label >= 0 && label < this.head.classes.length))
      return values;
    throw this.corrupt(name);
  }

  private values(name: string, shape: readonly number[]): Float32Array {
    const info = this.stored.tensors.get(name);
    if (info === undefined || info.shape.join() !== shape.join()) throw this.corrupt(name);
    return this.stored.values(info);
  }

  private corrupt(name: string): CoopError {
    return new CoopError(
      'run.corrupt',
      `${this.file} is damaged: its tensor ${name} is not what its head says.`,
      {
        subject: this.file,
        next: 'Learn again; the report is not touched by this.',
      },
    );
  }
}
