import { constant, input, matmul, slice } from '../src/engine/graph/operations';
import { createSession } from '../src/engine/runtime/create-session';
import { median, seconds } from './timing';

/** Products in one run: enough that neither input, output nor message passing counts. */
const CHAIN = 16;

/** The machine's best rate of large matrix products in onnxruntime, in FLOP/s. */
export async function gemmPeak(threads: number): Promise<number> {
  let best = 0;
  for (const [rows, inner, outer] of [
    [2048, 512, 2048],
    [2048, 1024, 1024],
    [1024, 768, 3072],
  ] as const) {
    const up = constant(new Float32Array(inner * outer).fill(1 / outer), [inner, outer]);
    const down = constant(new Float32Array(inner * outer).fill(1 / inner), [outer, inner]);
    let product = input('x', [rows, inner]);
    for (let i = 0; i < CHAIN / 2; i++) product = matmul(matmul(product, up), down);
    const session = await createSession({ first: slice(product, 0, 0, 1) }, { threads });
    const feeds = { x: { data: new Float32Array(rows * inner).fill(0.5), shape: [rows, inner] } };
    const times: number[] = [];
    for (let run = 0; run < 10; run++) times.push(await seconds(() => session.run(feeds)));
    await session.release();
    best = Math.max(best, (CHAIN * 2 * rows * inner * outer) / median(times.slice(2)));
  }
  return best;
}
