import { createHash } from 'node:crypto';
import { openFeatureCache } from '../../../src/engine/features/feature-cache';

/** Process of feature-cache.test.ts: `ROOT FROM TO EACH` puts numbered features, flushing after EACH of them. */
const [root, from, to, each] = process.argv.slice(2);
const WIDTH = 64;

async function main(): Promise<void> {
  const cache = await openFeatureCache({ modelHash: 'm', preprocessing: 'p', view: 'test' }, WIDTH, {
    root: root!,
  });
  for (let n = Number(from); n < Number(to); n += 1) {
    const hash = createHash('sha256').update(`${n}`).digest('hex');
    cache.put(
      hash,
      Float32Array.from({ length: WIDTH }, (_, at) => n + at / WIDTH),
    );
    if (n % Number(each) !== 0) continue;
    await cache.flush();
    process.stdout.write(`${n}\n`);
  }
  await cache.close();
}

void main();
