import type { MethodSpec } from '../../shared/contracts/method-spec';
import { scanWarnings } from '../../shared/verdicts/scan-warnings';
import { drawWarnings } from '../dataset/draw-warnings';
import { isBorrowedSample, SAMPLE_MODEL } from '../models/hub/resolve-model';
import type { ClipModel } from '../models/parts/clip-model';
import { modelFolder } from '../task/open-project';
import type { Task } from '../task/task';

/**
 * What a person should know before trusting what is learned from a task: in sentences.
 * @param draws what each seed learns from, where it is known already that some images were passed over
 */
export function taskWarnings(
  task: Task,
  { shots, seeds }: MethodSpec,
  draws = seeds.map(seed => task.draw(shots, seed).train),
): string[] {
  const { dataset, project } = task;
  const borrowed = isBorrowedSample(modelFolder(project), project.folder);
  return [
    ...inputWarnings(task),
    ...drawWarnings(draws, dataset.classes.names, shots),
    ...(borrowed
      ? [
          `${SAMPLE_MODEL} is for the sample only: it knows icons, not photos. Name a CLIP model after @model.`,
        ]
      : []),
  ];
}

/** What a person should know before trusting any number of a task: of its images, and what its model’s files leave open. */
export function inputWarnings({ dataset, model }: Pick<Task, 'dataset' | 'model'>): string[] {
  return [...scanWarnings(dataset.scan), ...modelWarnings(model)];
}

/** What is taken for granted of a model, whatever it is asked. */
export function modelWarnings({ id, assumption }: Pick<ClipModel, 'id' | 'assumption'>): string[] {
  return assumption === null ? [] : [`${id}: ${assumption}.`];
}
