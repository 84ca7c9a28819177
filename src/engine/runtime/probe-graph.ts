import { gradients } from '../graph/gradients';
import { interpret } from '../graph/interpret';
import type { Node } from '../graph/node';
import {
  add,
  constant,
  input,
  layerNorm,
  linear,
  matmul,
  multiply,
  scalar,
  sigmoid,
  slice,
  softmax,
  sum,
  take,
} from '../graph/operations';

/** Small, but every operator family of a learning step is in it. */
const [ROWS, WIDTH, HIDDEN, HEAD] = [12, 32, 64, 16];

/** Deterministic numbers in (−1, 1) whose every digit matters. */
function values(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.fround(Math.sin(1.7 * i * seed + seed)));
}

/**
 * One attention block with a scalar loss and its gradient, and the right answers from the float64 interpreter: what a
 * device must compute before anything is trusted to it.
 */
export function probeGraph(): {
  readonly outputs: { readonly loss: Node; readonly gradient: Node };
  readonly feed: { readonly data: Float32Array; readonly shape: readonly [number, number] };
  readonly expected: { readonly loss: Float64Array; readonly gradient: Float64Array };
} {
  const weights = (rows: number, columns: number, seed: number) =>
    constant(
      values(rows * columns, seed).map(value => value / Math.sqrt(columns)),
      [rows, columns],
    );
  const vector = (size: number, seed: number) => constant(values(size, seed), [size]);
  const x = input('x', [ROWS, WIDTH]);
  const normed = layerNorm(x, vector(WIDTH, 2), vector(WIDTH, 3), 1e-5);
  const queryKeyValue = linear(normed, weights(3 * HEAD, WIDTH, 5), vector(3 * HEAD, 7));
  const [query, key, value] = [0, 1, 2].map(part => slice(queryKeyValue, 1, part * HEAD, HEAD)) as [
    Node,
    Node,
    Node,
  ];
  const attention = softmax(matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(HEAD) }));
  const mixed = linear(matmul(attention, value), weights(HIDDEN, HEAD, 11), vector(HIDDEN, 13));
  const activated = multiply(mixed, sigmoid(mixed));
  const chosen = take(activated, constant(Int32Array.of(ROWS - 1, 0, 3), [3]));
  const loss = sum(multiply(chosen, add(chosen, scalar(0.5))), [0, 1]);
  const gradient = gradients(new Map([[loss, scalar(1)]]), [x]).get(x)!;
  const data = values(ROWS * WIDTH, 17);
  const [expectedLoss, expectedGradient] = interpret([loss, gradient], {
    x: { data, shape: [ROWS, WIDTH] },
  });
  return {
    outputs: { loss, gradient },
    feed: { data: Float32Array.from(data), shape: [ROWS, WIDTH] },
    expected: { loss: expectedLoss!.data, gradient: expectedGradient!.data },
  };
}
