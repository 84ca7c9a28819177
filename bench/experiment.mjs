// One experiment of two layouts, five shots and three seeds with the methods on features, beside the ten commands that learn the
// same: node bench/experiment.mjs   (after npm run build). Prints both times and their ratio; features are new for both.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const LAYOUTS = ['[V:16] {}.', '[V:8] {} [V:8].'];
const SHOTS = [1, 2, 4, 8, 16];

/** Seconds that commands take, one after the other, in a new copy of the sample. */
function seconds(commands) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-experiment-'));
  cpSync(path.join(root, 'media/sample'), folder, { recursive: true });
  const experiment = {
    title: 'Two layouts',
    documents: ['demo.prompts'],
    prompts: LAYOUTS,
    shots: SHOTS,
    seeds: [1, 2, 3],
    recipe: { name: 'cached' },
    methods: ['linear-probe', 'tip-adapter', 'gda', 'zs-lp', 'clap', 'prolip'],
  };
  writeFileSync(path.join(folder, 'two.experiment.json'), JSON.stringify(experiment));
  const started = performance.now();
  for (const args of commands) {
    const { status } = spawnSync(process.execPath, [path.join(root, 'dist/coop.js'), ...args], {
      cwd: folder,
      env: { ...process.env, COOP_CACHE_DIR: path.join(folder, 'cache') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    // 3: GDA has no answer for one image a class, which stands beside the rest.
    if (status !== 0 && status !== 3) process.exit(status ?? 1);
  }
  const taken = (performance.now() - started) / 1000;
  rmSync(folder, { recursive: true, force: true });
  return taken;
}

const one = seconds([['experiment', 'two.experiment.json']]);
const ten = seconds(
  LAYOUTS.flatMap(layout =>
    SHOTS.map(shots => {
      const choice = ['--shots', `${shots}`, '--seeds', '1,2,3', '--recipe', 'cached'];
      return ['learn', 'demo.prompts', '--line', layout, ...choice];
    }),
  ),
);
console.log(
  `one experiment ${one.toFixed(1)} s, ten commands ${ten.toFixed(1)} s: ${(one / ten).toFixed(2)} of it, ${(ten / one).toFixed(1)} times faster`,
);
