import { readdirSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { licences } from './tools/licences/licences.mjs';
import { webviewBuilds } from './webview/build.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

/** Layers of docs/ARCHITECTURE.md: what each bundle may contain. A breach fails the build. */
const LAYERS = {
  'dist/extension.js': /^(src\/(extension|files|shared)\/|node_modules\/(vscode-jsonrpc|valibot)\/)/,
  'dist/coop.js': /^(src\/(cli|engine|files|shared)\/|node_modules\/|package\.json)/,
  'dist/webview/dashboard.js': /^(webview\/|src\/shared\/|node_modules\/(preact|uplot)\/)/,
  'dist/webview/compare.js': /^(webview\/|src\/shared\/|node_modules\/(preact|uplot)\/)/,
  'dist/webview/experiment.js': /^(webview\/|src\/shared\/|node_modules\/preact\/)/,
  'dist/webview/report.js': /^(webview\/|src\/shared\/|node_modules\/preact\/)/,
};

process.chdir(root);
/** A worker or process of the engine stands beside the main file under its own name (worker-entry.ts, process-entry.ts). */
const workers = Object.fromEntries(
  readdirSync('src/engine', { recursive: true })
    .filter(file => /-(worker|process)\.ts$/.test(file))
    .map(file => [path.basename(file, '.ts'), path.join('src/engine', file)]),
);
for (const worker of Object.keys(workers))
  LAYERS[`dist/${worker}.js`] = /^(src\/(engine|files|shared)\/|node_modules\/)/;

const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: production ? false : 'linked',
  minify: production,
  metafile: true,
  logLevel: 'warning',
  // A checkout beside another may share its packages by a link; layers are told by the path in this one.
  preserveSymlinks: true,
  // Native modules are found at run time; everything else is in the bundle.
  external: ['onnxruntime-node', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'],
};

/**
 * `import * as vscode` in a bundle copies the whole API, name by name, for every file that says so; at the editor's start
 * that costs more than everything else of ours.
 */
const plainVscode = {
  name: 'plain-vscode',
  setup(build) {
    build.onLoad({ filter: /src[\\/]extension[\\/].*\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replace(
        "import * as vscode from 'vscode';",
        "const vscode: typeof import('vscode') = require('vscode');",
      ),
      loader: 'ts',
    }));
  },
};

/** The hub's client brings what uploads need; its package does not say that it may be left out where nothing is uploaded. */
const withoutUploads = {
  name: 'without-uploads',
  setup(build) {
    build.onResolve(
      { filter: /^@huggingface\/xetchunk-wasm$/ },
      async ({ path: name, pluginData, ...from }) => {
        if (pluginData === withoutUploads) return undefined;
        const found = await build.resolve(name, {
          importer: from.importer,
          kind: from.kind,
          resolveDir: from.resolveDir,
          pluginData: withoutUploads,
        });
        return { ...found, sideEffects: false };
      },
    );
  },
};

const builds = [
  {
    ...node,
    entryPoints: { extension: 'src/extension/extension.ts' },
    outdir: 'dist',
    external: ['vscode'],
    plugins: [plainVscode],
  },
  {
    ...node,
    banner: { js: '#!/usr/bin/env node' },
    entryPoints: {
      coop: 'src/cli/main.ts',
      ...workers,
    },
    outdir: 'dist',
    plugins: [withoutUploads],
  },
  ...webviewBuilds.map(options => ({
    ...options,
    metafile: true,
    logLevel: 'warning',
    preserveSymlinks: true,
  })),
];

function checkLayers(metafile) {
  const breaches = [];
  for (const [output, { inputs }] of Object.entries(metafile.outputs)) {
    const allowed = LAYERS[output];
    if (allowed === undefined) continue;
    for (const input of Object.keys(inputs)) {
      if (!allowed.test(input) && !input.startsWith('<')) breaches.push(`${output} contains ${input}`);
    }
  }
  if (breaches.length > 0) throw new Error(`Layer rule broken:\n  ${breaches.join('\n  ')}`);
}

/** What the editor loads at its start, as it is shipped: minified. */
const MAX_EXTENSION_BYTES = 300_000;

function checkSize(metafile) {
  const bytes = metafile.outputs['dist/extension.js']?.bytes ?? 0;
  if (bytes > MAX_EXTENSION_BYTES)
    throw new Error(`dist/extension.js has ${bytes} bytes, more than ${MAX_EXTENSION_BYTES}`);
}

async function copyCodecs() {
  const target = path.join(root, 'dist', 'codecs');
  await mkdir(target, { recursive: true });
  const files = {
    'libjpegturbowasm_decode.wasm':
      '@cornerstonejs/codec-libjpeg-turbo-8bit/dist/libjpegturbowasm_decode.wasm',
    'webp_dec.wasm': '@jsquash/webp/codec/dec/webp_dec.wasm',
    'resvg.wasm': '@resvg/resvg-wasm/index_bg.wasm',
    'DejaVuSans.ttf': 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
    'DejaVuSans-Bold.ttf': 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
  };
  for (const [name, file] of Object.entries(files))
    await cp(path.join(root, 'node_modules', file), path.join(target, name));
}

if (!watch) await rm('dist', { recursive: true, force: true });
await copyCodecs();
if (watch) {
  for (const options of builds) await (await esbuild.context(options)).watch();
  console.log('watching');
} else {
  const results = await Promise.all(builds.map(options => esbuild.build(options)));
  for (const { metafile } of results) {
    checkLayers(metafile);
    if (production) checkSize(metafile);
  }
  await writeFile('dist/licences.txt', licences(results.map(({ metafile }) => metafile)));
}
