import { DEFAULT_VIEWS } from './recipes';

/** Beginnings of the recipe `fast`, from which dev images choose. */
export const BEGINNINGS = 2;

/** Steps of every beginning before one of them goes on alone: after ten a random one that would win is often still behind. */
export const PILOT_STEPS = 15;

/** Of SOAP, for every component along an eigenvector. */
export const FAST_LEARNING_RATE = 0.005;

/** Evaluations of the text tower that the recipe takes for one seed. @param steps of the beginning that goes on, its pilot included */
export function fastEvaluations(steps: number): number {
  return BEGINNINGS * Math.min(PILOT_STEPS, steps) + Math.max(0, steps - PILOT_STEPS);
}

/** Evaluations for one seed at least and at most: more than these gained nothing on 52 classes. */
const [LEAST, MOST] = [80, 220] as const;
const SHARE_OF_PAPER = 1 / 20;

/**
 * Steps of the beginning that goes on: what many classes want grows with their number, as the paper's epochs do.
 * @param paperEvaluations steps that the paper's schedule takes on the same images
 */
export function fastSteps(paperEvaluations: number): number {
  const evaluations = Math.min(MOST, Math.max(LEAST, Math.round(paperEvaluations * SHARE_OF_PAPER)));
  return evaluations - (BEGINNINGS - 1) * PILOT_STEPS;
}

/** Encodings of views for a seed at most, where no number is asked for: more would take longer than it learns. */
const ENCODINGS = 1024;

/** Random views of each of a seed's training images that the recipe takes, where no number is asked for. */
export function fastViews(images: number): number {
  return Math.min(DEFAULT_VIEWS, Math.floor(ENCODINGS / images));
}
