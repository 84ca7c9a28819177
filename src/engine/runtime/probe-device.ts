import { constant, input, matmul, slice } from '../graph/operations';
import { createSession } from './create-session';
import { onnxruntime } from './onnxruntime';
import { probeGraph } from './probe-graph';
import { halfProduct } from './probe-halves';
import type { Device } from './session';

/** What a device showed of itself. */
export type ProbeResult =
  | {
      readonly ok: true;
      readonly flopsPerSecond: number;
      /** Why it cannot hold weights as float16; absent where it can. */
      readonly withoutFloat16?: string;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Relative Euclidean distance from the float64 answer. Float32 in any summation order stays below 1e-6; a device that
 * computes in half precision, or wrongly, is off by 1e-3 or more.
 */
const TOLERANCE = 1e-4;
const [SIZE, CHAIN, RUNS] = [512, 8, 5];
/** A device this slow is not timed more than once. */
const SLOW_MS = 500;

/** Runs the probe graph on a device, compares its numbers, and times matrix products. Does not throw. */
export async function probeDevice(device: Device): Promise<ProbeResult> {
  try {
    // A name that onnxruntime's build does not know is passed over in silence, and the CPU computes.
    if (
      device !== 'tensorflow' &&
      !onnxruntime()
        .listSupportedBackends()
        .some(({ name }) => name === device)
    )
      return { ok: false, reason: `onnxruntime has no ${device} on ${process.platform}-${process.arch}` };
    const { outputs, feed, expected } = probeGraph();
    const session = await createSession(outputs, { device, spin: false });
    const result = await session.run({ x: feed });
    await session.release();
    for (const name of ['loss', 'gradient'] as const) {
      const distance = relativeDistance(result[name].data, expected[name]);
      if (!(distance <= TOLERANCE))
        return {
          ok: false,
          reason: `it computes wrong numbers (${name} is off by ${distance.toPrecision(2)})`,
        };
    }
    return { ok: true, flopsPerSecond: await speed(device), ...(await halvesOf(device)) };
  } catch (thrown) {
    return { ok: false, reason: plainReason((thrown as Error).message) };
  }
}

async function halvesOf(device: Device): Promise<{ readonly withoutFloat16?: string }> {
  try {
    const { found, expected } = await halfProduct(device);
    const distance = relativeDistance(found, expected);
    return distance <= TOLERANCE ? {} : { withoutFloat16: `it is off by ${distance.toPrecision(2)}` };
  } catch (thrown) {
    return { withoutFloat16: plainReason((thrown as Error).message) };
  }
}

/** Without the place in onnxruntime's source that its messages begin with. */
function plainReason(message: string): string {
  const plain = message
    .replace(/\s+/g, ' ')
    .replace(/^.*\bwas false\. /, '')
    .replace(/^.*\bStatus Message: (\S+\.cc:\d+ \S+ )?/, '')
    .replace(/[ .]+$/, '');
  return plain.slice(0, 400);
}

function relativeDistance(values: Float32Array, expected: Float64Array): number {
  let [difference, size] = [0, 0];
  for (const [i, wanted] of expected.entries()) {
    difference += (values[i]! - wanted) ** 2;
    size += wanted ** 2;
  }
  return values.length === expected.length ? Math.sqrt(difference / size) : Number.POSITIVE_INFINITY;
}

async function speed(device: Device): Promise<number> {
  const square = constant(new Float32Array(SIZE * SIZE).fill(1 / SIZE), [SIZE, SIZE]);
  let product = input('x', [SIZE, SIZE]);
  for (let i = 0; i < CHAIN; i++) product = matmul(product, square);
  const session = await createSession({ first: slice(product, 0, 0, 1) }, { device, whole: true });
  const feeds = { x: { data: new Float32Array(SIZE * SIZE).fill(1), shape: [SIZE, SIZE] } };
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await session.run(feeds);
    const spent = performance.now() - start;
    best = Math.min(best, spent);
    if (spent > SLOW_MS) break;
  }
  await session.release();
  return (CHAIN * 2 * SIZE ** 3) / (best / 1000);
}
