// A process that reads broken inputs of one kind: TARGET SEED FROM COUNT SCRATCH. Tells findings as lines of JSON.
import { openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { pythonRandom } from '../../src/engine/random/mersenne-twister';
import { CoopError } from '../../src/shared/errors';
import { mutated } from './mutate';
import { TARGETS } from './targets';

const [name, seedText, fromText, countText, scratch] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const [seed, from, count] = [Number(seedText), Number(fromText), Number(countText)];
const SLOW_MS = 2000;
const MAX_GROWTH_BYTES = 700 * 2 ** 20;
const CHECK_EVERY = 250;

/** Input `index` of a kind; the same in every process. */
export function inputOf(kind: string, seeds: readonly Uint8Array[], index: number): Uint8Array {
  const random = pythonRandom(BigInt(seed) * 1_000_000_007n + BigInt(index));
  return mutated(TARGETS[kind]!.mutation, seeds[index % seeds.length]!, random);
}

async function main(): Promise<void> {
  const target = TARGETS[name]!;
  const seeds = target.seeds();
  // Whoever watches knows from this file which input a crash or a hang belongs to.
  const place = openSync(path.join(scratch, 'at'), 'w');
  let accepted = 0;
  let base = 0;
  for (let index = from; index < count; index++) {
    writeSync(place, String(index).padStart(12), 0);
    const input = inputOf(name, seeds, index);
    const started = performance.now();
    try {
      await target.read(input, scratch, index);
      accepted += 1;
    } catch (thrown) {
      if (!(thrown instanceof CoopError) || thrown.code === 'internal')
        tell('threw', index, thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
      else if (thrown.message.length > 4000)
        tell('talks too long', index, `${thrown.message.length} characters`);
    }
    const took = performance.now() - started;
    if (took > SLOW_MS) tell('slow', index, `${Math.round(took)} ms`);
    if (index % CHECK_EVERY !== 0) continue;
    const { rss } = process.memoryUsage();
    base ||= rss;
    if (rss - base > MAX_GROWTH_BYTES) {
      globalThis.gc?.();
      const after = process.memoryUsage().rss;
      if (after - base > MAX_GROWTH_BYTES)
        tell('memory', index, `${Math.round((after - base) / 2 ** 20)} MB more`);
    }
    process.stdout.write(`${JSON.stringify({ at: index, accepted })}\n`);
  }
  process.stdout.write(`${JSON.stringify({ at: count, accepted })}\n`);
}

function tell(what: string, index: number, detail: string): void {
  process.stdout.write(`${JSON.stringify({ finding: what, index, detail })}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
