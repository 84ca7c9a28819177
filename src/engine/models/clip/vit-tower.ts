import type { Node } from '../../graph/node';
import { add, concat, expand, reshape } from '../../graph/operations';
import { embeddedPatches, type ImagePixels } from '../parts/image-pixels';
import { flatRows, plainTransformer } from '../parts/plain-transformer';
import { norm } from '../parts/transformer-block';
import type { VitNodes } from '../parts/vision-nodes';

/**
 * CLIP's vision transformer (openai/CLIP model.py, VisionTransformer) up to its projection, [B, w]; pooled is the class row,
 * the first.
 */
export function vitTower(model: VitNodes, image: ImagePixels): Node {
  const { width, epsilon } = model;
  const batch = image.pixels.shape[0]!;
  const rows = { batch, tokens: model.positions.shape[0] as number };
  const grid = embeddedPatches(image, { weight: model.patch, bias: model.patchBias });
  const classRow = expand(reshape(model.classEmbedding, [1, 1, width]), [batch, 1, width]);
  const embedded = add(concat([classRow, grid], 1), model.positions);
  const flat = flatRows(embedded, rows);
  const x = model.preNorm === null ? flat : norm(flat, model.preNorm, epsilon);
  return norm(plainTransformer(x, model.blocks, model, rows, 0), model.postNorm, epsilon);
}
