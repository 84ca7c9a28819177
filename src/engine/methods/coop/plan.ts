import type { PromptSpec } from '../../../shared/contracts/method-spec';
import { FLOPS_PER_CORE, imageFlops } from '../../models/parts/image-flops';
import { drawShots } from '../../task/shots';
import type { Task } from '../../task/task';
import type { Assignment, Plan } from '../parts/method';
import { fastEvaluations } from './fast-learner';
import { stepsPerEpoch } from './trainer';
import { viewsOf } from './training-features';

/** Multiply-adds of one text row in one layer, forward and backward, in units of width² (reference/CoOp: 24d²). */
const ROW_COST = 2 * 24;
/** What a step costs however small the model is, its share of the dev accuracy of each epoch included. */
const STEP_OVERHEAD_S = 0.006;

/** Steps of all seeds, and a guess at their time on this machine's processor, fresh views of images included. */
export function promptPlan(task: Task, { spec, template }: Assignment<PromptSpec>, threads: number): Plan {
  const classes = task.classes.names.length;
  const slots = template.segments.flatMap(segment => (segment.kind === 'learnable' ? [segment] : []));
  const shared = slots.reduce(
    (sum, { length, perClass }) => sum + (length ?? 4) * (perClass ? classes : 1),
    0,
  );
  const images = spec.seeds.map(seed => drawShots(task.dataset, spec.shots, seed).train.length);
  const ofSeed = (count: number) =>
    spec.name === 'fast' ? fastEvaluations(spec.epochs) : spec.epochs * stepsPerEpoch(count, spec.batch);
  const steps = images.reduce((sum, count) => sum + ofSeed(count), 0);
  const { text } = task.model;
  const rows = text.guessedStepRows(shared, classes);
  const rate = FLOPS_PER_CORE * threads;
  const perStep = STEP_OVERHEAD_S + (rows * text.layers * ROW_COST * text.width * text.width) / rate;
  const encodings = viewsOf(spec) * images.reduce((sum, count) => sum + count, 0);
  return { steps, seconds: steps * perStep + (encodings * imageFlops(task.model)) / rate };
}
