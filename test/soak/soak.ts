// npm run soak -- [--kills N] [--seed S]: kills a training with SIGKILL at random moments, over and over.
import { cpSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { counted } from '../../src/shared/format/count';
import { buildCommand } from '../process/support/build-command';
import { killTraining } from '../process/support/kill-training';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, seed: { type: 'string' } },
});
const kills = Number(values.kills);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
console.log(`seed ${seed}`);
const began = performance.now();
// A copy, so that the checkout can be built anew meanwhile.
const built = path.resolve('out/soak/dist');
cpSync(path.dirname(buildCommand()), built, { recursive: true });
killTraining({
  command: path.join(built, 'coop.js'),
  kills,
  seed,
  onKill: (killed, rounds) => {
    const minutes = (performance.now() - began) / 60_000;
    if (killed % 10 === 0)
      console.log(
        `${killed} of ${counted(kills, 'kill')}, ${counted(rounds, 'run')} ended, ${(killed / minutes).toFixed(1)} kills/min`,
      );
  },
}).then(
  rounds =>
    console.log(
      `${counted(kills, 'kill')}, ${counted(rounds, 'run')} ended, each in the bits of the unbroken one`,
    ),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
