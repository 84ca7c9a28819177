import { multiplyDims } from '../../graph/dim';
import type { Node } from '../../graph/node';
import {
  add,
  averagePool2d,
  concat,
  conv2d,
  linear,
  mean,
  relu,
  reshape,
  slice,
  transpose,
} from '../../graph/operations';
import { type ImagePixels, normalisedPlanes } from '../parts/image-pixels';
import { attend, splitHeads } from '../parts/self-attention';
import type { LinearNodes } from '../parts/text-nodes';
import type { BottleneckNodes, ConvNodes, ResNetNodes } from '../parts/vision-nodes';

/**
 * CLIP's ModifiedResNet (openai/CLIP model.py) up to its projection, [B, C].
 * Three stem convolutions, average pools where a ResNet strides, and attention in place of the last pooling; what is left of it
 * is `projection`.
 */
export function resnetTower(model: ResNetNodes, image: ImagePixels): Node {
  const [first, second, third] = model.stem;
  let x = relu(convolve(normalisedPlanes(image), first, { stride: 2, padding: 1 }));
  x = relu(convolve(x, second, { padding: 1 }));
  x = averagePool2d(relu(convolve(x, third, { padding: 1 })), 2);
  for (const block of model.bottlenecks) x = bottleneck(block, x);
  return attentionPool(model, x);
}

function convolve(
  x: Node,
  { weight, bias }: ConvNodes,
  options: { readonly stride?: number; readonly padding?: number } = {},
): Node {
  return conv2d(x, weight, bias, options);
}

const shrink = (x: Node, stride: number) => (stride === 1 ? x : averagePool2d(x, stride));

function bottleneck({ convs, downsample, stride }: BottleneckNodes, x: Node): Node {
  const [first, second, third] = convs;
  const inner = relu(convolve(relu(convolve(x, first)), second, { padding: 1 }));
  const shortcut = downsample === null ? x : convolve(shrink(x, stride), downsample);
  return relu(add(convolve(shrink(inner, stride), third), shortcut));
}

/** The mean over all places asks, the mean and all places answer. */
function attentionPool({ pool }: ResNetNodes, x: Node): Node {
  const [batch, width, height, columns] = x.shape as [Node['shape'][0], number, number, number];
  const places = height * columns;
  const rows = places + 1;
  const flat = transpose(reshape(x, [batch!, width, places]), [0, 2, 1]);
  const sequence = add(concat([mean(flat, [1], true), flat], 1), pool.positions);
  const all = reshape(sequence, [multiplyDims(batch!, rows), width]);
  const asking = reshape(slice(sequence, 1, 0, 1), [batch!, width]);
  const heads = (part: Node, { weight, bias }: LinearNodes, length: number) =>
    splitHeads(linear(part, weight, bias), 1, length, { batch: batch!, heads: pool.heads, width })[0]!;
  return attend({
    query: heads(asking, pool.query, 1),
    key: heads(all, pool.key, rows),
    value: heads(all, pool.value, rows),
  });
}
