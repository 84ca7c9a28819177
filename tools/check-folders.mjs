// Fails when folders import each other, directly or in a circle; Biome's noImportCycles does the same for files.
// usage: node tools/check-folders.mjs [FOLDER …]     (default: what is shipped, and its tests)
// Of two files the folders are compared where their paths part: src/engine/models/clip/a.ts → src/engine/prompt/b.ts is
// an arrow from src/engine/models to src/engine/prompt.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const roots = process.argv.length > 2 ? process.argv.slice(2) : ['src', 'webview', 'test', 'bench'];

const files = roots.flatMap(root =>
  readdirSync(root, { recursive: true })
    .filter(name => /\.(tsx?|mjs)$/.test(name))
    .map(name => path.posix.join(root, name.replaceAll('\\', '/'))),
);

/** What a file imports or exports from others by a relative path, types included. */
function importsOf(file) {
  const { module, errors } = parseSync(file, readFileSync(file, 'utf8'));
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.map(entry => entry.moduleRequest?.value)),
  ];
  return requests
    .filter(request => request?.startsWith('.'))
    .flatMap(request => {
      const target = path.posix.join(path.posix.dirname(file), request);
      return [target, `${target}.ts`, `${target}.tsx`].filter(name => existsSync(name) && path.extname(name));
    });
}

/** The two folders in which the files lie, from where their paths part; null in the same folder. */
function partOf(from, to) {
  const [a, b] = [from, to].map(file => path.posix.dirname(file).split('/'));
  let common = 0;
  while (common < a.length && common < b.length && a[common] === b[common]) common++;
  if (common === a.length && common === b.length) return null;
  return [a, b].map(folders => folders.slice(0, common + 1).join('/'));
}

/** folder → folder it imports → the imports that say so. */
const arrows = new Map();
for (const file of files) {
  for (const target of importsOf(file)) {
    const folders = partOf(file, target);
    if (folders === null) continue;
    const [from, to] = folders;
    if (!arrows.has(from)) arrows.set(from, new Map());
    const known = arrows.get(from);
    known.set(to, [...(known.get(to) ?? []), `${file} → ${target}`]);
  }
}

/** The shortest way along the arrows from one folder to another. */
function wayBetween(from, to) {
  const cameFrom = new Map([[from, null]]);
  for (const folder of cameFrom.keys()) {
    if (folder === to) break;
    for (const next of arrows.get(folder)?.keys() ?? []) if (!cameFrom.has(next)) cameFrom.set(next, folder);
  }
  if (!cameFrom.has(to)) return null;
  const way = [to];
  while (way[0] !== from) way.unshift(cameFrom.get(way[0]));
  return way;
}

const circles = new Map();
for (const [from, targets] of arrows) {
  for (const to of targets.keys()) {
    const back = wayBetween(to, from);
    if (back !== null) circles.set([...new Set(back)].sort().join(), [from, ...back]);
  }
}
for (const circle of circles.values()) {
  console.error(`Folders in a circle: ${circle.join(' → ')}`);
  circle.slice(1).forEach((to, i) => {
    console.error(`  ${arrows.get(circle[i]).get(to).slice(0, 5).join('\n  ')}`);
  });
}
if (circles.size > 0) process.exit(1);
