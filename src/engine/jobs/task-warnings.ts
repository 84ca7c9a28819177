import type { MethodSpec } from '../../shared/contracts/method-spec';
import { scanWarnings } from '../../shared/verdicts/scan-warnings';
import { drawWarnings } from '../dataset/draw-warnings';
import { isBorrowedSample, SAMPLE_MODEL } from '../models/hub/resolve-model';
import { drawnFrom } from '../task/load-dataset';
import { modelFolder } from '../task/open-project';
import type { Task } from '../task/task';

/** What a person should know before trusting what is learned from a task: in sentences. */
export function taskWarnings({ dataset, project }: Task, { shots, seeds }: MethodSpec): string[] {
  const borrowed = isBorrowedSample(modelFolder(project), project.folder);
  return [
    ...scanWarnings(dataset.scan),
    ...drawWarnings(drawnFrom(dataset), dataset.classes.names, shots, seeds),
    ...(borrowed
      ? [
          `${SAMPLE_MODEL} is for the sample only: it knows icons, not photos. Name a CLIP model after @model.`,
        ]
      : []),
  ];
}
