import assert from 'node:assert/strict';
import type { Node } from '../../../src/engine/graph/node';
import { input, matmul, scale } from '../../../src/engine/graph/operations';
import { createSession } from '../../../src/engine/runtime/create-session';

const WIDE = 768;
const PRODUCTS = 30;

describe('lanes of sessions', () => {
  /** Which of two runs that are begun together ends first, the one of many products begun before the one of few. */
  async function firstToEnd(lanes: readonly [number, number]): Promise<string> {
    const x = input('x', [WIDE, WIDE]);
    let long: Node = x;
    for (let product = 0; product < PRODUCTS; product++) long = matmul(long, x);
    const [slow, quick] = [
      await createSession({ y: long }, { threads: 1, lane: lanes[0] }),
      await createSession({ y: scale(x, 2) }, { threads: 1, lane: lanes[1] }),
    ];
    const feeds = { x: { data: new Float32Array(WIDE * WIDE).fill(1 / WIDE), shape: [WIDE, WIDE] } };
    const ended: string[] = [];
    await Promise.all([
      slow.run(feeds).then(({ y }) => {
        assert.ok(Math.abs(y.data[0]! - 1 / WIDE) < 1e-6);
        ended.push('slow');
      }),
      quick.run(feeds).then(({ y }) => {
        assert.equal(y.data[0], Math.fround(2 / WIDE));
        ended.push('quick');
      }),
    ]);
    await Promise.all([slow.release(), quick.release()]);
    return ended[0]!;
  }

  it('of one number take turns, of two run side by side', async () => {
    assert.equal(await firstToEnd([0, 0]), 'slow');
    assert.equal(await firstToEnd([1, 2]), 'quick');
  });
});
