import { fastEvaluations } from '../../../shared/contracts/fast-recipe';
import { CoopError } from '../../../shared/errors';
import type { Saved } from '../parts/method';
import { EarlyChoice } from './early-choice';
import { ARMS, type Arm } from './fast-arms';
import { freshSoap, productsOf, type SoapState, type VectorBlock } from './soap';

/** One arm of the recipe `fast` on its way. */
export interface Running {
  readonly arm: Arm;
  /** [vectors, d], changed in place. */
  readonly context: Float32Array;
  readonly soap: SoapState;
  /** Steps done. */
  step: number;
  /** Of the latest step; 0 before there is one. */
  loss: number;
  readonly choice: EarlyChoice;
}

export interface FastState {
  readonly arms: readonly Running[];
  /** The arm that dev images chose: its place, or null during the pilot. */
  leader: number | null;
}

/** @param begin the vectors an arm starts from */
export function beginFast(begin: (arm: Arm) => Float32Array, blocks: readonly VectorBlock[]): FastState {
  return {
    arms: ARMS.map(arm => {
      const context = begin(arm);
      return {
        arm,
        context,
        soap: freshSoap(context.length, blocks),
        step: 0,
        loss: 0,
        choice: new EarlyChoice(),
      };
    }),
    leader: null,
  };
}

/** Copies of everything, for a checkpoint. */
export function savedFast({ arms, leader }: FastState): Saved {
  const tensors = new Map<string, Float32Array>();
  const figures: Record<string, number> = { step: evaluationsOf(arms), leader: leader ?? -1 };
  for (const { arm, context, soap, step, loss, choice } of arms) {
    const put = (name: string, values: Float32Array) =>
      tensors.set(`${arm.id}.${name}`, Float32Array.from(values));
    const { history, waiting, found } = choice.state;
    put('context', context);
    put('first', soap.first);
    put('second', soap.second);
    put('products', soap.products);
    if (history.length > 0) put('history', history);
    for (const [at, one] of waiting.entries()) put(`waiting.${at}`, one);
    figures[`${arm.id}.step`] = step;
    figures[`${arm.id}.loss`] = loss;
    if (found === null) continue;
    put('found', found.context);
    figures[`${arm.id}.found.at`] = found.at;
    figures[`${arm.id}.found.score`] = found.score;
  }
  return { tensors, figures };
}

/**
 * @param size vectors · d
 * @throws CoopError `run.corrupt` when it is of another problem
 */
export function fastFrom(
  { tensors, figures }: Saved,
  size: number,
  blocks: readonly VectorBlock[],
): FastState {
  const vectors = (name: string, length = size): Float32Array => {
    const values = tensors.get(name);
    if (values?.length !== length) throw foreign(name);
    return Float32Array.from(values);
  };
  const whole = (name: string, least: number, beyond: number): number => {
    const value = figures[name];
    if (value === undefined || !Number.isSafeInteger(value) || value < least || value >= beyond)
      throw foreign(name);
    return value;
  };
  const leader = whole('leader', -1, ARMS.length);
  return {
    leader: leader === -1 ? null : leader,
    arms: ARMS.map(arm => {
      const { id } = arm;
      const history = tensors.get(`${id}.history`) ?? new Float32Array();
      const step = whole(`${id}.step`, history.length, history.length + 1);
      const waiting: Float32Array[] = [];
      while (tensors.has(`${id}.waiting.${waiting.length}`))
        waiting.push(vectors(`${id}.waiting.${waiting.length}`));
      const found = tensors.has(`${id}.found`)
        ? {
            at: whole(`${id}.found.at`, 0, history.length),
            score: figures[`${id}.found.score`] ?? 0,
            context: vectors(`${id}.found`),
          }
        : null;
      return {
        arm,
        context: vectors(`${id}.context`),
        soap: {
          first: vectors(`${id}.first`),
          second: vectors(`${id}.second`),
          products: vectors(`${id}.products`, productsOf(blocks)),
        },
        step,
        loss: figures[`${id}.loss`] ?? 0,
        choice: new EarlyChoice({ history, waiting, found }),
      };
    }),
  };
}

/** Evaluations of the text tower so far: one a step. */
export function evaluationsOf(arms: readonly Running[]): number {
  return arms.reduce((sum, { step }) => sum + step, 0);
}

/** And in the end. @param steps of the arm that is chosen */
export function allEvaluationsOf({ arms, leader }: FastState, steps: number): number {
  return leader === null ? fastEvaluations(steps) : steps + evaluationsOf(arms) - arms[leader]!.step;
}

function foreign(what: string): CoopError {
  return new CoopError('run.corrupt', `The checkpoint’s ${what} does not belong to this run.`, {
    next: 'Delete checkpoint.safetensors in the run’s folder to learn from the beginning.',
  });
}
