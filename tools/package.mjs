// Packages the extension for one platform: node tools/package.mjs [linux-x64 | linux-arm64 | win32-x64 | win32-arm64 | darwin-arm64]
// onnxruntime has no binary for other platforms. Only the named platform's binary goes into the package.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const target = process.argv[2] ?? `${process.platform}-${process.arch}`;
const [platform, arch] = target.split('-');
process.chdir(root);
mkdirSync('out', { recursive: true });

const run = (command, args) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
const ignore = path.join('out', `vscodeignore-${target}`);
const everyBinary = '!node_modules/onnxruntime-node/bin/**';
const list = readFileSync('.vscodeignore', 'utf8');
if (!list.includes(everyBinary)) throw new Error(`.vscodeignore lacks the line ${everyBinary}`);
writeFileSync(
  ignore,
  list.replace(everyBinary, `!node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/**`),
);

run(process.execPath, ['esbuild.mjs', '--production']);
run(process.execPath, [
  'node_modules/@vscode/vsce/vsce',
  'package',
  '--target',
  target,
  '--ignoreFile',
  ignore,
  '--no-rewrite-relative-links',
  '--out',
  path.join('out', `coop-vscode-${target}.vsix`),
]);
