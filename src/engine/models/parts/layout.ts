import type { ModelFiles } from './model-files';
import type { OpenedParts } from './opened-parts';
import type { StoredTensors } from './stored-tensors';

/** One family's way to store a model. */
export interface Layout {
  /** Whether weights with these tensors are of this family. */
  matches(weights: StoredTensors): boolean;
  /** @throws CoopError `model.missing`, `model.invalid`, `model.unsupported` */
  read(files: ModelFiles, weights: StoredTensors): Promise<OpenedParts>;
}
