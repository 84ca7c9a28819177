import { fastEvaluations } from '../../../shared/contracts/fast-recipe';
import type { PromptSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import { encodingSeconds } from '../../models/parts/encoding-seconds';
import { FLOPS_PER_CORE } from '../../models/parts/flops-per-core';
import type { Task } from '../../task/task';
import type { Assignment, Plan } from '../parts/method';
import { stepsPerEpoch } from './trainer';
import { viewsOf } from './training-features';

/** Multiply-adds of one text row in one layer, forward and backward, in units of width² (reference/CoOp: 24d²). */
const ROW_COST = 2 * 24;
/** What a step costs however small the model is, its share of the dev accuracy of each epoch included. */
const STEP_OVERHEAD_S = 0.006;

/**
 * Steps of all seeds, and a guess at their time on this machine's processor, fresh views of images included.
 * @throws CoopError `model.unsupported` for a model whose text tower takes no vectors
 */
export function promptPlan(task: Task, { spec, template }: Assignment<PromptSpec>, threads: number): Plan {
  const { text, id } = task.model;
  if (text.refusal !== null)
    throw new CoopError('model.unsupported', `No prompt can be learned on “${id}”: ${text.refusal}.`, {
      subject: id,
      next: 'Learn on a model with its own weights; methods on image features, such as the linear probe, work here.',
    });
  const classes = task.classes.names.length;
  const slots = template.segments.flatMap(segment => (segment.kind === 'learnable' ? [segment] : []));
  const shared = slots.reduce(
    (sum, { length, perClass }) => sum + (length ?? 4) * (perClass ? classes : 1),
    0,
  );
  const images = spec.seeds.map(seed => task.draw(spec.shots, seed).train.length);
  const ofSeed = (count: number) =>
    spec.name === 'fast' ? fastEvaluations(spec.epochs) : spec.epochs * stepsPerEpoch(count, spec.batch);
  const steps = images.reduce((sum, count) => sum + ofSeed(count), 0);
  const rows = text.guessedStepRows(shared, classes);
  const rate = FLOPS_PER_CORE * threads;
  const perStep = STEP_OVERHEAD_S + (rows * text.layers * ROW_COST * text.width * text.width) / rate;
  const encodings = images.reduce((sum, count) => sum + viewsOf(spec, count) * count, 0);
  const views = encodingSeconds(encodings, task.model.images.flops(), threads);
  return { steps, seconds: steps * perStep + views };
}
