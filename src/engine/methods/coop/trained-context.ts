import { contextVector, type LearnedContext } from '../../../files/contexts/learned-context';
import type { Task } from '../../task/task';
import type { FilledRows } from '../../task/text-encoding';
import type { Learned } from '../parts/method';
import { numberVectors } from './learn-problem';
import { contextValues } from './trainer-state';

/**
 * What a seed has learned as the slots of a context: those of all learnable slots, in the order of the template.
 * @throws CoopError `run.corrupt` when it has learned something else
 */
export function learnedContext(
  task: Task,
  { rows }: FilledRows,
  learned: Learned,
  told: Pick<LearnedContext, 'template' | 'runId' | 'createdAt'>,
): LearnedContext {
  const { model, opened, classes } = task;
  const { width } = model.text;
  const { slots, vectors } = numberVectors(rows, classes.names.length);
  const values = contextValues(learned, vectors * width);
  return {
    width,
    slots: rows.slots.flatMap(({ length, perClass }, slot) => {
      const place = slots[slot];
      if (place == null) return [];
      const part = values.slice(place.first * width, (place.first + place.count) * width);
      return [{ length, perClass, values: part }];
    }),
    ...told,
    model: model.id,
    modelHash: opened.hash,
    classNames: classes.names,
  };
}

/** The rows of a template whose learnable slots hold a context's vectors. */
export function filledWith({ rows, fixedVector }: FilledRows, context: LearnedContext): FilledRows {
  let number = 0;
  const slotOf = new Map(
    rows.slots.flatMap((slot, at): [number, number][] => (slot.context === null ? [[at, ++number]] : [])),
  );
  return {
    rows,
    fixedVector: (slot, vector, classIndex) => {
      const learned = slotOf.get(slot);
      return learned === undefined
        ? fixedVector(slot, vector, classIndex)
        : contextVector(context, learned, vector, classIndex);
    },
  };
}
