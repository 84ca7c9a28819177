import { linear, reshape, slice } from '../../graph/operations';
import type { AttentionPool } from '../parts/attention-pool';
import { readLinear, readNorm } from '../parts/hugging-face-tensors';
import { modelInvalid } from '../parts/model-error';
import type { StoredTensors } from '../parts/stored-tensors';
import type { BlockNodes } from '../parts/text-nodes';

/** Of every norm of timm's vision transformers. */
export const EPSILON = 1e-6;

/** @throws CoopError `model.invalid` when it is missing or of another rank */
export function shapeOfTensor(weights: StoredTensors, name: string, rank: number): readonly number[] {
  const shape = weights.shape(name);
  if (shape?.length === rank) return shape;
  const how = shape === undefined ? 'missing' : `of rank ${shape.length}, not ${rank}`;
  throw modelInvalid(weights.shownFile, `the tensor ${name} is ${how}`);
}

/** Blocks of timm's `VisionTransformer`: query, key and value in one matrix, as many as there are. */
export function readTimmBlocks(weights: StoredTensors, prefix: string, width: number): BlockNodes[] {
  const layers = weights.count(`${prefix}.`, '.attn.qkv.weight');
  const [inner] = shapeOfTensor(weights, `${prefix}.0.mlp.fc1.weight`, 2) as [number, number];
  return Array.from({ length: layers }, (_, layer) => {
    const block = `${prefix}.${layer}`;
    const queryKeyValue = readLinear(weights, `${block}.attn.qkv`, 3 * width, width);
    const part = (start: number, length: number) => ({
      weight: slice(queryKeyValue.weight, 0, start, length),
      bias: slice(queryKeyValue.bias, 0, start, length),
    });
    return {
      norm1: readNorm(weights, `${block}.norm1`, width),
      queryKeyValue,
      query: part(0, width),
      keyValue: part(width, 2 * width),
      out: readLinear(weights, `${block}.attn.proj`, width, width),
      norm2: readNorm(weights, `${block}.norm2`, width),
      fc: readLinear(weights, `${block}.mlp.fc1`, inner, width),
      proj: readLinear(weights, `${block}.mlp.fc2`, width, inner),
    };
  });
}

/** timm's `AttentionPoolLatent`. */
export function readAttentionPool(weights: StoredTensors, trunk: string, width: number): AttentionPool {
  const pool = `${trunk}.attn_pool`;
  const [inner] = shapeOfTensor(weights, `${pool}.mlp.fc1.weight`, 2) as [number, number];
  const latent = weights.node(`${pool}.latent`, [1, 1, width]);
  const query = readLinear(weights, `${pool}.q`, width, width);
  return {
    query: linear(reshape(latent, [1, width]), query.weight, query.bias),
    keyValue: readLinear(weights, `${pool}.kv`, 2 * width, width),
    out: readLinear(weights, `${pool}.proj`, width, width),
    norm: readNorm(weights, `${pool}.norm`, width),
    fc: readLinear(weights, `${pool}.mlp.fc1`, inner, width),
    proj: readLinear(weights, `${pool}.mlp.fc2`, width, inner),
  };
}
