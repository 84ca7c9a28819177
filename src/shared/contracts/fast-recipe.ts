/** Beginnings of the recipe `fast`, from which dev images choose. */
export const BEGINNINGS = 2;

/** Steps of every beginning before one of them goes on alone: after ten a random one that would win is often still behind. */
export const PILOT_STEPS = 15;

/** Evaluations of the text tower that the recipe takes for one seed. @param steps of the beginning that goes on, its pilot included */
export function fastEvaluations(steps: number): number {
  return BEGINNINGS * Math.min(PILOT_STEPS, steps) + Math.max(0, steps - PILOT_STEPS);
}
