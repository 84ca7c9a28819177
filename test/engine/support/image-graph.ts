import assert from 'node:assert/strict';
import type { Node } from '../../../src/engine/graph/node';
import { input } from '../../../src/engine/graph/operations';
import type { ClipModel } from '../../../src/engine/models/parts/clip-model';
import { GraphImageTower } from '../../../src/engine/models/parts/image-tower';

/** The image tower as a graph of the input `pixels`. */
export function imageGraph({ images, preprocess: { size } }: Pick<ClipModel, 'images' | 'preprocess'>): Node {
  assert.ok(images instanceof GraphImageTower);
  return images.features(input('pixels', ['B', size, size, 3], 'uint8'));
}
