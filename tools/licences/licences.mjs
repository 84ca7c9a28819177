// The licence texts of everything that is in the package, read from what the bundler put into it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));

/** Licences that allow what this package does; another one stops the build until somebody has read it. */
const ALLOWED = new Set([
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'MIT AND BSD-3-Clause',
]);

/** Packages that are shipped as they are, beside the bundles; their npm packages carry no licence text. */
const ONNXRUNTIME = ['onnxruntime-node', 'onnxruntime-common'];

/** Of WebAssembly files that are copied, not bundled. */
const CODECS = ['@cornerstonejs/codec-libjpeg-turbo-8bit', '@jsquash/webp'];

/** Tables that are in the bundles or beside them. */
const DATA = {
  'OpenAI CLIP: vocabulary, names of ImageNet’s classes (MIT)': 'media/vocabulary/LICENSE.txt',
  'SCOWL: the list of common words (permissive)': 'media/words/LICENSE.txt',
  'open_clip: activation and preprocessing of published models (MIT)': 'tools/licences/open_clip.txt',
};

/** Texts of packages that carry none: their repositories'. */
const WITHOUT_TEXT = { '@cornerstonejs/codec-libjpeg-turbo-8bit': 'libjpeg-turbo.txt' };

const NOTES = {
  '@cornerstonejs/codec-libjpeg-turbo-8bit':
    'This software is based in part on the work of the Independent JPEG Group.',
};

/** `node_modules/a/node_modules/@b/c/d.js` → `node_modules/a/node_modules/@b/c` */
function packageFolder(input) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

/** Licence files of a package, codecs' own included. */
function textsOf(place) {
  const inFolder = sub =>
    existsSync(path.join(place, sub))
      ? readdirSync(path.join(place, sub))
          .filter(name => /^(licen[cs]e|copying|notice)/i.test(name))
          .sort()
          .map(name => readFileSync(path.join(place, sub, name), 'utf8').trim())
      : [];
  return [...inFolder('.'), ...inFolder('codec')];
}

/**
 * @param metafiles esbuild's, of every bundle that is shipped
 * @returns the text of dist/licences.txt
 * @throws Error naming a package without a licence text, or with a licence that nobody has allowed yet
 */
export function licences(metafiles) {
  const places = new Set(CODECS.map(name => `node_modules/${name}`));
  // What the bundler read and left out again is in no output.
  for (const { outputs } of metafiles)
    for (const { inputs } of Object.values(outputs))
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        const place = packageFolder(input);
        if (place !== undefined && bytesInOutput > 0) places.add(place);
      }
  const entries = [...places].map(place => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(place, 'package.json'), 'utf8'));
    if (!ALLOWED.has(license)) throw new Error(`${name} ${version} has the licence ${license}`);
    const own = WITHOUT_TEXT[name];
    const texts = own === undefined ? textsOf(place) : [readFileSync(path.join(folder, own), 'utf8').trim()];
    if (texts.length === 0) throw new Error(`${name} ${version} has no licence text`);
    return { title: `${name} ${version} (${license})`, texts: [NOTES[name], ...texts].filter(Boolean) };
  });
  const runtimes = ONNXRUNTIME.map(name => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
    return `${name} ${version}`;
  });
  const version = runtimes[0].split(' ')[1];
  const own = path.join(folder, `onnxruntime-${version}.txt`);
  if (!existsSync(own))
    throw new Error(
      `There is no ${own}: onnxruntime's LICENSE and ThirdPartyNotices.txt of that version, joined by a line of underscores.`,
    );
  entries.push({ title: `${runtimes.join(', ')} (MIT)`, texts: [readFileSync(own, 'utf8').trim()] });
  for (const [title, file] of Object.entries(DATA))
    entries.push({ title, texts: [readFileSync(file, 'utf8').trim()] });
  const rule = '='.repeat(80);
  return entries
    .sort((a, b) => (a.title < b.title ? -1 : 1))
    .map(({ title, texts }) => `${rule}\n${title}\n${rule}\n\n${texts.join('\n\n')}\n`)
    .join('\n');
}
