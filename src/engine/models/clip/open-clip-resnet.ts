import { add, divide, multiply, reshape, scalar, sqrt, subtract } from '../../graph/operations';
import type { StoredTensors } from '../parts/stored-tensors';
import type { LinearNodes } from '../parts/text-nodes';
import type { BottleneckNodes, ConvNodes, ResNetNodes } from '../parts/vision-nodes';

export interface ResNetSizes {
  /** Bottlenecks of the four stages. */
  readonly layers: readonly [number, number, number, number];
  /** Channels after the stem. */
  readonly width: number;
  readonly heads: number;
  readonly imageSize: number;
  readonly embedWidth: number;
}

const BATCH_NORM_EPSILON = 1e-5;
/** A bottleneck's output channels over its inner channels. */
const EXPANSION = 4;
/** By the stem 4, by each of the last three stages 2. */
const SHRINK = 32;

/**
 * CLIP's ModifiedResNet (openai/CLIP model.py: RN50, RN101 …), tensors under `visual.`.
 * @throws CoopError `model.invalid`, `model.unsupported`
 */
export function readOpenClipResNet(weights: StoredTensors, sizes: ResNetSizes): ResNetNodes {
  const { layers, width, embedWidth } = sizes;
  const half = width / 2;
  const stem = (index: number, out: number, input: number) =>
    foldedConv(weights, `visual.conv${index}`, `visual.bn${index}`, [out, input, 3]);
  const channels = width * EXPANSION * 2 ** (layers.length - 1);
  const side = Math.floor(sizes.imageSize / SHRINK);
  const pool = 'visual.attnpool';
  const linear = (name: string, out: number): LinearNodes => ({
    weight: weights.node(`${pool}.${name}.weight`, [out, channels]),
    bias: weights.node(`${pool}.${name}.bias`, [out]),
  });
  return {
    kind: 'resnet',
    stem: [stem(1, half, 3), stem(2, half, half), stem(3, width, half)],
    bottlenecks: readBottlenecks(weights, layers, width),
    pool: {
      heads: sizes.heads,
      positions: weights.node(`${pool}.positional_embedding`, [1 + side * side, channels]),
      query: linear('q_proj', channels),
      key: linear('k_proj', channels),
      value: linear('v_proj', channels),
    },
    projection: linear('c_proj', embedWidth),
  };
}

function readBottlenecks(
  weights: StoredTensors,
  layers: readonly number[],
  width: number,
): BottleneckNodes[] {
  let input = width;
  return layers.flatMap((blocks, stage) => {
    const inner = width * 2 ** stage;
    const out = inner * EXPANSION;
    return Array.from({ length: blocks }, (_, index) => {
      const block = `visual.layer${stage + 1}.${index}`;
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const conv = (place: number, to: number, from: number, kernel: number) =>
        foldedConv(weights, `${block}.conv${place}`, `${block}.bn${place}`, [to, from, kernel]);
      const downsample =
        stride === 1 && input === out
          ? null
          : foldedConv(weights, `${block}.downsample.0`, `${block}.downsample.1`, [out, input, 1]);
      const convs = [conv(1, inner, input, 1), conv(2, inner, inner, 3), conv(3, out, inner, 1)] as const;
      input = out;
      return { convs, downsample, stride };
    });
  });
}

/**
 * A convolution and the batch norm after it as one convolution: γ(w∗x − μ)/√(σ² + ε) + β. Written as graph nodes of
 * weights alone, which onnxruntime computes once, when the session is made.
 */
function foldedConv(
  weights: StoredTensors,
  conv: string,
  batchNorm: string,
  [out, input, kernel]: readonly [out: number, input: number, kernel: number],
): ConvNodes {
  const vector = (name: string) => weights.node(`${batchNorm}.${name}`, [out]);
  const deviation = sqrt(add(vector('running_var'), scalar(BATCH_NORM_EPSILON)));
  const gain = divide(vector('weight'), deviation);
  const weight = weights.node(`${conv}.weight`, [out, input, kernel, kernel]);
  return {
    weight: multiply(weight, reshape(gain, [out, 1, 1, 1])),
    bias: subtract(vector('bias'), multiply(vector('running_mean'), gain)),
  };
}
