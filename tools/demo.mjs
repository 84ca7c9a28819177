// The main job on the sample, as a user would do it on their own images: scan, score, learn, report.
// Works on a copy in out/demo; an interrupted run goes on at the next start.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.join(root, 'out', 'demo');
if (!existsSync(path.join(folder, 'demo.prompts')))
  cpSync(path.join(root, 'media', 'sample'), folder, { recursive: true });

for (const args of [
  ['scan', 'demo.prompts'],
  ['score', 'demo.prompts'],
  ['score', 'demo.prompts', '--line', '@use imagenet80'],
  ['learn', 'demo.prompts'],
  ['report', '--html', 'report.html'],
]) {
  console.log(`\n$ coop ${args.map(arg => (/[\s@]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  const { status } = spawnSync(process.execPath, [path.join(root, 'dist', 'coop.js'), ...args], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
console.log(
  `\nThe document, its runs and report.html are in ${path.relative(process.cwd(), folder) || '.'}.`,
);
