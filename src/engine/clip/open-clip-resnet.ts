import { add, divide, multiply, reshape, scalar, sqrt, subtract } from '../graph/operations';
import { readLinear } from './open-clip-layout';
import type { StoredTensors } from './stored-tensors';
import type { BottleneckNodes, ConvNodes, ResNetNodes } from './vision-nodes';

const EXPANSION = 4;
const EPSILON = 1e-5;

interface ResNetConfig {
  readonly layers: readonly [number, number, number, number];
  /** Channels after the stem. */
  readonly width: number;
  readonly headWidth: number;
  readonly size: number;
  readonly embedWidth: number;
}

/** Reads CLIP's ModifiedResNet (openai/CLIP model.py) and folds its batch norms into the convolutions. */
export function readOpenClipResNet(weights: StoredTensors, config: ResNetConfig): ResNetNodes {
  const { width, headWidth, size, embedWidth } = config;
  const half = width / 2;
  const channels = width * 8 * EXPANSION;
  const places = (size / 32) ** 2;
  const attention = (name: string, out: number) =>
    readLinear(weights, `visual.attnpool.${name}`, out, channels);
  return {
    kind: 'resnet',
    stem: [
      readConv(weights, 'visual', 1, [half, 3, 3, 3]),
      readConv(weights, 'visual', 2, [half, half, 3, 3]),
      readConv(weights, 'visual', 3, [width, half, 3, 3]),
    ],
    bottlenecks: readBottlenecks(weights, config),
    pool: {
      heads: (width * 32) / headWidth,
      positions: weights.node('visual.attnpool.positional_embedding', [1 + places, channels]),
      query: attention('q_proj', channels),
      key: attention('k_proj', channels),
      value: attention('v_proj', channels),
      out: attention('c_proj', embedWidth),
    },
  };
}

function readBottlenecks(weights: StoredTensors, { layers, width }: ResNetConfig): BottleneckNodes[] {
  const blocks: BottleneckNodes[] = [];
  let input = width;
  for (const [stage, count] of layers.entries()) {
    const inner = width * 2 ** stage;
    const out = inner * EXPANSION;
    for (let index = 0; index < count; index++) {
      const name = `visual.layer${stage + 1}.${index}`;
      const stride = stage > 0 && index === 0 ? 2 : 1;
      blocks.push({
        convs: [
          readConv(weights, name, 1, [inner, input, 1, 1]),
          readConv(weights, name, 2, [inner, inner, 3, 3]),
          readConv(weights, name, 3, [out, inner, 1, 1]),
        ],
        downsample:
          stride > 1 || input !== out
            ? fold(weights, `${name}.downsample.0`, `${name}.downsample.1`, [out, input, 1, 1])
            : null,
        stride,
      });
      input = out;
    }
  }
  return blocks;
}

function readConv(
  weights: StoredTensors,
  name: string,
  number: number,
  shape: readonly [number, number, number, number],
): ConvNodes {
  return fold(weights, `${name}.conv${number}`, `${name}.bn${number}`, shape);
}

/** Convolution and batch norm as one convolution; the sums are constants that the executor folds once. */
function fold(
  weights: StoredTensors,
  conv: string,
  norm: string,
  shape: readonly [number, number, number, number],
): ConvNodes {
  const [out] = shape;
  const statistic = (name: string) => weights.node(`${norm}.${name}`, [out]);
  const gain = divide(statistic('weight'), sqrt(add(statistic('running_var'), scalar(EPSILON))));
  return {
    weight: multiply(weights.node(`${conv}.weight`, shape), reshape(gain, [out, 1, 1, 1])),
    bias: subtract(statistic('bias'), multiply(statistic('running_mean'), gain)),
  };
}
