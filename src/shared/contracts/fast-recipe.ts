import type { RunSpec } from './method-spec';
import { DEFAULT_VIEWS } from './recipes';

/** Beginnings of the recipe `fast`, from which dev images choose. */
export const BEGINNINGS = 2;

/** Steps of every beginning before one of them goes on alone: after ten a random one that would win is often still behind. */
const PILOT_STEPS = 15;
/** Steps of the beginning that is chosen, where nobody asks for a number: more than these gained nothing on 52 classes. */
const [LEAST, MOST] = [65, 200] as const;

/**
 * Steps of every beginning before dev images choose one: all, where there are more than the fewest. With so many steps and
 * images a random one may be behind for the first hundred and win.
 * @param steps of the beginning that is chosen
 */
export function pilotSteps(steps: number): number {
  return steps > LEAST ? steps : Math.min(PILOT_STEPS, steps);
}

/** Of SOAP, for every component along an eigenvector. */
export const FAST_LEARNING_RATE = 0.005;

/** Evaluations of the text tower that the recipe takes for one seed. @param steps of the beginning that is chosen */
export function fastEvaluations(steps: number): number {
  return steps + (BEGINNINGS - 1) * pilotSteps(steps);
}

/**
 * Which beginning an evaluation of a seed is of: its place, or `BEGINNINGS` once the chosen one goes on alone. Null with
 * other recipes.
 * @param evaluation from 1
 * @param total evaluations of the seed
 */
export function beginningAt(evaluation: number, total: number, spec: RunSpec): number | null {
  if (spec.method === 'words' || spec.name !== 'fast') return null;
  const pilot = Math.max(1, Math.floor((total - spec.epochs) / (BEGINNINGS - 1)));
  return Math.min(BEGINNINGS, Math.floor(Math.max(0, evaluation - 1) / pilot));
}

/** Where both beginnings take all steps, a tenth of the paper's evaluations together. */
const SHARE_OF_PAPER = 1 / 20;

/**
 * Steps of the beginning that is chosen: what many classes want grows with their number, as the paper's epochs do.
 * @param paperEvaluations steps that the paper's schedule takes on the same images
 */
export function fastSteps(paperEvaluations: number): number {
  return Math.min(MOST, Math.max(LEAST, Math.round(paperEvaluations * SHARE_OF_PAPER)));
}

/** Encodings of views for a seed at most, where no number is asked for: more would take longer than it learns. */
const ENCODINGS = 1024;

/** Random views of each of a seed's training images that the recipe takes, where no number is asked for. */
export function fastViews(images: number): number {
  return Math.min(DEFAULT_VIEWS, Math.floor(ENCODINGS / images));
}
