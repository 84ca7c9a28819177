/** `start-run.js NODE SCRIPT DIRECTORY`: starts a detached writer, tells that it holds the lock, and lives on until killed. */
import { startDetached } from '../../../src/files/runs/start-detached';

const [node, script, directory] = process.argv.slice(2);
startDetached({ node: node!, script: script!, args: ['work', directory!], directory: directory! }).then(
  () => {
    process.stdout.write('started\n');
    setInterval(() => undefined, 1000);
  },
);
