import type { Node } from '../../graph/node';
import { add, concat, conv2d, expand, reshape } from '../../graph/operations';
import { flatRows, patchRows, plainTransformer } from '../parts/plain-transformer';
import { norm } from '../parts/transformer-block';
import type { VitNodes } from '../parts/vision-nodes';

/**
 * CLIP's vision transformer (openai/CLIP model.py, VisionTransformer) up to its projection: normalised planes
 * [B, 3, size, size] → [B, w]; pooled is the class row, the first.
 */
export function vitTower(model: VitNodes, planes: Node): Node {
  const { width, epsilon } = model;
  const batch = planes.shape[0]!;
  const rows = { batch, tokens: model.positions.shape[0] as number };
  const grid = patchRows(
    conv2d(planes, model.patch, model.patchBias, { stride: model.patch.shape[2] as number }),
    width,
  );
  const classRow = expand(reshape(model.classEmbedding, [1, 1, width]), [batch, 1, width]);
  const embedded = add(concat([classRow, grid], 1), model.positions);
  const flat = flatRows(embedded, rows);
  const x = model.preNorm === null ? flat : norm(flat, model.preNorm, epsilon);
  return norm(plainTransformer(x, model.blocks, model, rows, 0), model.postNorm, epsilon);
}
