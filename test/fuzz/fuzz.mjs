// npm run fuzz -- [--count N] [--seed S] [--only NAME,…]: broken inputs of every kind that the product reads. Each must be
// read or refused with an error of the product, in time and within memory. Findings are kept in out/fuzz/findings.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleWithEngine } from '../../tools/bundle-with-engine.mjs';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
process.chdir(root);
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
});
const count = Number(values.count);
const STALL_MS = 20_000;
const findings = path.join('out/fuzz/findings');

await bundleWithEngine(
  { 'fuzz-process': 'test/fuzz/fuzz-process.ts', targets: 'test/fuzz/targets.ts' },
  'out/fuzz',
);
mkdirSync(findings, { recursive: true });

const scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-fuzz-'));
process.env.COOP_FUZZ_RUN = finishedRun();
const { TARGETS } = await import(path.join(root, 'out/fuzz/targets.js'));
const names = values.only?.split(',') ?? Object.keys(TARGETS);
let total = 0;
for (const name of names) total += await fuzz(name);
rmSync(scratch, { recursive: true, force: true });
console.log(total === 0 ? 'No findings.' : `${total} findings in ${findings}`);
process.exit(total === 0 ? 0 : 1);

/** A short run of the sample, whose files are inputs too. */
function finishedRun() {
  const folder = path.join(scratch, 'sample');
  cpSync('media/sample', folder, { recursive: true });
  const args = [
    path.resolve('dist/coop.js'),
    'learn',
    'demo.prompts',
    '--epochs',
    '2',
    '--device',
    'cpu',
    '--json',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout).directory;
}

/** All inputs of one kind; after a crash or a hang another process goes on behind the input that caused it. */
async function fuzz(name) {
  const folder = path.join(scratch, name);
  mkdirSync(folder);
  const inputs = Math.ceil(count * (TARGETS[name].share ?? 1));
  let from = Number(values.from);
  let found = 0;
  const began = performance.now();
  while (from < inputs) {
    const { end, at } = await watch(name, from, inputs, folder, finding => {
      found += 1;
      if (found <= 40) keep(name, finding);
    });
    if (end === null) break;
    found += 1;
    keep(name, { finding: end, index: at, detail: '' });
    from = at + 1;
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `\r${name}: ${inputs} inputs, ${found} findings, ${Math.round(inputs / seconds)} inputs/s${' '.repeat(20)}`,
  );
  return found;
}

function watch(name, from, count, folder, onFinding) {
  const args = [
    '--max-old-space-size=1024',
    '--expose-gc',
    'out/fuzz/fuzz-process.js',
    name,
    values.seed,
    String(from),
    String(count),
    folder,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', data => {
    errors = (errors + data).slice(-3000);
  });
  const place = () => {
    const file = path.join(folder, 'at');
    const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    return text === '' ? from : Number(text);
  };
  let [last, moved, hung] = [from, performance.now(), false];
  const timer = setInterval(() => {
    const at = place();
    if (at !== last) [last, moved] = [at, performance.now()];
    else if (performance.now() - moved > STALL_MS) {
      hung = true;
      child.kill('SIGKILL');
    }
  }, 500);
  createInterface({ input: child.stdout }).on('line', line => {
    const message = JSON.parse(line);
    if (message.finding !== undefined) onFinding(message);
    else if (process.stdout.isTTY)
      process.stdout.write(`\r${name}: ${message.at} of ${count}, ${message.accepted} read`);
  });
  return new Promise(resolve =>
    child.on('close', (code, signal) => {
      clearInterval(timer);
      if (code === 0) return resolve({ end: null, at: count });
      resolve({ end: hung ? 'hang' : `ended with ${signal ?? `code ${code}`}: ${errors}`, at: place() });
    }),
  );
}

function keep(name, { finding, index, detail }) {
  writeFileSync(path.join(findings, `${name}-${values.seed}-${index}.txt`), `${finding}\n${detail}\n`);
  console.log(`\n${name} ${index}: ${finding}\n${String(detail).split('\n').slice(0, 4).join('\n')}`);
}
