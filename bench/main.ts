// npm run bench -- [--quick] [workload …]: every figure beside its rival's in the same run; JSON in out/bench.json.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from './row';
import { runWorkload, WORKLOADS } from './workloads';

interface Result {
  readonly rows: readonly Row[];
  readonly peakRssMegabytes: number;
  readonly torch: string | null;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, child: { type: 'string' } },
});

async function child(name: string, quick: boolean): Promise<void> {
  process.stdout.write(`${JSON.stringify(await runWorkload(name, quick))}\n`);
}

function all(names: readonly string[], quick: boolean): number {
  const unknown = names.filter(name => WORKLOADS[name] === undefined);
  if (unknown.length > 0) {
    console.error(
      `There is no workload ${unknown.join(', ')}; there are ${Object.keys(WORKLOADS).join(', ')}.`,
    );
    return 2;
  }
  const machine = {
    cpu: os.cpus()[0]?.model ?? '',
    cores: os.cpus().length,
    node: process.version,
    load: os.loadavg()[0]!,
  };
  console.log(
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.load.toFixed(1)} before`,
  );
  const results: Record<string, Result> = {};
  let failed = 0;
  for (const name of names) {
    const args = [__filename, '--child', name, ...(quick ? ['--quick'] : [])];
    const { status, stdout } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 28,
    });
    if (status !== 0) {
      console.error(`${name} ended with code ${status}.`);
      failed += 1;
      continue;
    }
    const result = JSON.parse(stdout.trim().split('\n').at(-1)!) as Result;
    results[name] = result;
    for (const { work, ours, rival, ratio, note } of result.rows)
      console.log(
        `| ${work} | ${ours} | ${rival} | ${ratio === null ? '—' : `${ratio.toPrecision(3)}×`} |${note === undefined ? '' : ` ${note}`}`,
      );
    console.log(`|   peak memory of ${name} | ${result.peakRssMegabytes} MB | | |`);
  }
  mkdirSync('out', { recursive: true });
  writeFileSync(path.join('out', 'bench.json'), `${JSON.stringify({ machine, results }, null, 2)}\n`);
  return failed > 0 ? 1 : 0;
}

if (values.child !== undefined)
  child(values.child, values.quick).catch((thrown: unknown) => {
    console.error(thrown);
    process.exit(1);
  });
else process.exit(all(positionals.length > 0 ? positionals : Object.keys(WORKLOADS), values.quick));
