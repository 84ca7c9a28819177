// Packages the extension for one platform: node tools/package.mjs [TARGET] [--list]     (default: this machine's)
// With --list the names of the files that would be in the package, and nothing is made.
// Only the target's onnxruntime goes into the package. It has none for darwin-x64, linux-armhf and alpine: their package
// checks, colours and completes documents, and says at the first score that the engine does not run there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [target = `${process.platform}-${process.arch}`] = process.argv
  .slice(2)
  .filter(arg => arg !== '--list');
const listOnly = process.argv.includes('--list');
const TARGETS = [
  'win32-x64',
  'win32-arm64',
  'linux-x64',
  'linux-arm64',
  'linux-armhf',
  'alpine-x64',
  'alpine-arm64',
  'darwin-x64',
  'darwin-arm64',
];
if (!TARGETS.includes(target)) {
  console.error(`There is no target ${target}; there are ${TARGETS.join(', ')}.`);
  process.exit(2);
}
const binary = `node_modules/onnxruntime-node/bin/napi-v6/${target.replace('-', '/')}`;
process.chdir(root);
mkdirSync('out', { recursive: true });

const run = (command, args) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
/**
 * The binding asks for the library by one name; macOS brings the same library under two. A library that the binding
 * does not name goes when another of the same size is there.
 */
function filesOf(folder) {
  const names = readdirSync(folder);
  const binding = readFileSync(path.join(folder, 'onnxruntime_binding.node')).toString('latin1');
  const size = name => statSync(path.join(folder, name)).size;
  const isTwin = name =>
    name.endsWith('.dylib') &&
    !binding.includes(name) &&
    names.some(other => other !== name && binding.includes(other) && size(other) === size(name));
  return names
    .filter(name => !isTwin(name))
    .map(name => `!${folder}/${name}`)
    .join('\n');
}

const ignore = path.join('out', `vscodeignore-${target}`);
const everyBinary = '!node_modules/onnxruntime-node/bin/**';
const list = readFileSync('.vscodeignore', 'utf8');
if (!list.includes(everyBinary)) throw new Error(`.vscodeignore lacks the line ${everyBinary}`);
writeFileSync(ignore, list.replace(everyBinary, existsSync(binary) ? filesOf(binary) : ''));

const vsce = 'node_modules/@vscode/vsce/vsce';
if (listOnly) {
  run(process.execPath, [vsce, 'ls', '--ignoreFile', ignore]);
  process.exit();
}
run(process.execPath, ['esbuild.mjs', '--production']);
run(process.execPath, [
  vsce,
  'package',
  '--target',
  target,
  '--ignoreFile',
  ignore,
  // The release says which repository it is; without one links have nowhere to lead.
  ...(JSON.parse(readFileSync('package.json', 'utf8')).repository === undefined
    ? ['--no-rewrite-relative-links']
    : []),
  '--out',
  path.join('out', `coop-vscode-${target}.vsix`),
]);
