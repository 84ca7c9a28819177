// Runs test suites one after the other and closes with one line over all of them: "N passed, N failed".
// usage: node test/run.mjs [shared files engine cli process webview webgpu extension window …]   (default: all that exist)
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingFor, setUp } from './support/requirements.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** Suites that start their own hosts bring a `run.mjs`; the others are plain mocha files. */
const ORDER = [
  'package',
  'shared',
  'files',
  'engine',
  'cli',
  'process',
  'webview',
  'webgpu',
  'extension',
  'window',
];

const present = suite => existsSync(path.join('test', suite));
const suites = process.argv.length > 2 ? process.argv.slice(2) : ORDER.filter(present);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-tests-'));
const counts = path.join(scratch, 'counts.jsonl');
const brokenSuites = [];
setUp(suites);

for (const suite of suites) {
  if (!present(suite)) {
    console.error(`There is no test suite “${suite}” (test/${suite}).`);
    process.exit(2);
  }
  console.log(`\n── ${suite} ──`);
  const reason = missingFor(suite);
  if (reason !== null) {
    console.log(`skipped: ${reason}`);
    appendFileSync(counts, `${JSON.stringify({ passes: 0, failures: 0, pending: 1 })}\n`);
    continue;
  }
  const own = path.join('test', suite, 'run.mjs');
  const files = readdirSync(path.join('test', suite), { recursive: true })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => path.join('test', suite, name));
  const command = existsSync(own)
    ? [own]
    : [
        'node_modules/mocha/bin/mocha.js',
        '--import=tsx',
        // Against what hangs: how long work takes is no matter of a test, and some machines are slow.
        '--timeout=300000',
        // A test that failed may leave a server or a process behind: the run ends, red, all the same.
        '--exit',
        '--reporter=test/support/counting-reporter.cjs',
        ...files,
      ];
  const before = readCounts().length;
  const { status, signal } = spawnSync(process.execPath, command, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, COOP_TEST_COUNTS: counts, COOP_CACHE_DIR: path.join(scratch, 'cache') },
  });
  const mine = readCounts().slice(before);
  const failures = mine.reduce((sum, run) => sum + run.failures, 0);
  const ran = mine.reduce((sum, run) => sum + run.passes + run.pending, 0);
  // A runner that ends badly, or without having run or skipped a test, counts as a failure of its own.
  if (failures === 0 && (status !== 0 || ran === 0)) {
    brokenSuites.push(`the suite ${suite} ended with ${signal ?? `code ${status}`} and no failed test`);
  }
}

const all = readCounts();
const sum = key => all.reduce((total, run) => total + run[key], 0);
const skipped = sum('pending');
const failed = sum('failures') + brokenSuites.length;
rmSync(scratch, { recursive: true, force: true });
// Said again at the end, since a log of many suites is often kept by its last lines alone.
for (const { test, error } of all.flatMap(run => run.failed ?? []))
  console.log(`\nfailed: ${test}\n${error.split('\n').slice(0, 12).join('\n')}`);
for (const line of brokenSuites) console.log(`\nfailed: ${line}`);
console.log(`\n${sum('passes')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);

function readCounts() {
  if (!existsSync(counts)) return [];
  return readFileSync(counts, 'utf8').split('\n').filter(Boolean).map(JSON.parse);
}
