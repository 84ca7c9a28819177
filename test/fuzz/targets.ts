import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseClasses } from '../../src/engine/dataset/classes';
import { parseCoopSplit } from '../../src/engine/dataset/coop-split';
import { parseManifest } from '../../src/engine/dataset/manifest';
import { classPrompts } from '../../src/engine/descriptors/class-prompts';
import { decodeImage } from '../../src/engine/images/decode-image';
import { inspectFile } from '../../src/engine/images/inspect-file';
import { readTorchCheckpoint } from '../../src/engine/io/torch/torch-checkpoint';
import { importCheckpoint } from '../../src/engine/methods/coop/import-checkpoint';
import { openModel } from '../../src/engine/models/shelf/open-model';
import { loadTokenizer } from '../../src/engine/models/tokenizer/load-tokenizer';
import { readContext } from '../../src/files/contexts/learned-context';
import { readCheckpoint } from '../../src/files/runs/checkpoint';
import { readSafetensorsHeader, readTensor } from '../../src/files/tensors/safetensors';
import { parseReport } from '../../src/shared/contracts/report';
import { parseEvents } from '../../src/shared/contracts/run-events';
import { parseInputs } from '../../src/shared/contracts/run-inputs';
import { parseLock } from '../../src/shared/contracts/run-lock';
import { parseState } from '../../src/shared/contracts/run-state';
import { readDescriptorLine } from '../../src/shared/template/descriptor-line';
import { formatPrompts } from '../../src/shared/template/format-prompts';
import { parsePrompts } from '../../src/shared/template/parse-prompts';
import { findTemplateLists, listLanguages } from '../../src/shared/template/template-lists';
import type { Mutation } from './mutate';
import { readRunDirectory, runDirectorySeeds } from './run-directory';

export interface Target {
  readonly mutation: Mutation;
  /** Whole inputs that mutations start from. */
  readonly seeds: () => readonly Uint8Array[];
  /** Reads one input; may throw CoopErrors only. `scratch` is a folder of its own. */
  readonly read: (input: Uint8Array, scratch: string, index: number) => unknown;
  /** Of the inputs that are asked for, this part: for kinds that take long. */
  readonly share?: number;
}

const golden = path.resolve('test/fixtures/golden');
const bytes = (...names: string[]) => new Uint8Array(readFileSync(path.join(golden, ...names)));
const text = (value: string) => new TextEncoder().encode(value);
const decoded = (input: Uint8Array) => new TextDecoder().decode(input);
const filesIn = (folder: string, fits: (name: string) => boolean) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => fits(name) && statSync(path.join(folder, name)).isFile())
    .map(name => new Uint8Array(readFileSync(path.join(folder, name))));
/** The files of a finished run, which the fuzzer learns once (fuzz.ts). */
const runFile = (name: string) =>
  new Uint8Array(readFileSync(path.join(process.env['COOP_FUZZ_RUN']!, name)));

/** Writes the input under a name in the scratch folder. */
function file(scratch: string, name: string, input: Uint8Array): string {
  const target = path.join(scratch, name);
  writeFileSync(target, input);
  return target;
}

/** A copy of a golden model in which one file is the input; the large ones are links. */
function modelWith(scratch: string, model: string, name: string, input: Uint8Array): string {
  const folder = path.join(scratch, model);
  if (mkdirSync(folder, { recursive: true }) !== undefined) {
    for (const each of readdirSync(path.join(golden, 'models', model))) {
      if (each.startsWith('expected') || each === name) continue;
      symlinkSync(path.join(golden, 'models', model, each), path.join(folder, each));
    }
  }
  writeFileSync(path.join(folder, name), input);
  return folder;
}

const DOCUMENT = `# comment
@images ./images
@model icon-clip
@classes names.csv
@split 40/20/40 seed 1
# expect: acc >= 0.5
@baseline
a photo of a {}.
an icon of a {}, a type of {group}.
[V:8] {} [V:8].
[V:16 per-class] {}.
[V = "a photo of a"] {}.
<pets-16shot> {}.
<two.1> {} <two.2>
@use imagenet80
@descriptors d.json template {}, {descriptor}
@waffle d.json seed 2
@ensemble mine (
  a drawing of a {}.
  \\{ {label} \\}
)
`;
const CODE = `# coop
templates = ['a photo of a {}.', "b %s", f'c {c}', lambda c: f'art of the {c}.']
const prompts = [(c: string) => \`a \${c}\`, 'x {}' /* c */];
{"templates": ["a {}", "b \\u00e9 {label}"]}
prompts:
  - a {}.
  - 'b {}'
`;
const RUN_TEXTS = ['run.json', 'state.json', 'report.json'];

export const TARGETS: Readonly<Record<string, Target>> = {
  safetensors: {
    mutation: 'safetensors',
    seeds: () => [bytes('linear-probe.safetensors'), bytes('models/hf-vit-gelu/expected.safetensors')],
    read: async (input, scratch) => {
      const target = file(scratch, 'x.safetensors', input);
      const { tensors } = await readSafetensorsHeader(target);
      for (const info of [...tensors.values()].slice(0, 3)) await readTensor(target, info);
    },
  },
  'model-config': {
    mutation: 'json',
    seeds: () => [bytes('models/hf-vit-quickgelu/config.json'), bytes('models/hf-vit-gelu/config.json')],
    read: (input, scratch) => openModel(modelWith(scratch, 'hf-vit-gelu', 'config.json', input)),
  },
  'open-clip-config': {
    mutation: 'json',
    seeds: () => [
      bytes('models/openclip-rn/open_clip_config.json'),
      bytes('models/openclip-vit/open_clip_config.json'),
    ],
    read: (input, scratch, index) =>
      openModel(
        modelWith(scratch, index % 2 === 0 ? 'openclip-rn' : 'openclip-vit', 'open_clip_config.json', input),
      ),
  },
  'shard-index': {
    mutation: 'json',
    seeds: () => [bytes('models/hf-sharded/model.safetensors.index.json')],
    read: (input, scratch) =>
      openModel(modelWith(scratch, 'hf-sharded', 'model.safetensors.index.json', input)),
  },
  weights: {
    mutation: 'safetensors',
    seeds: () => [bytes('models/hf-vit-gelu/model.safetensors')],
    read: (input, scratch) => openModel(modelWith(scratch, 'hf-vit-gelu', 'model.safetensors', input)),
  },
  'torch-weights': {
    mutation: 'bytes',
    seeds: () =>
      ['archive.pt', 'state_dict.bin', 'legacy.bin', 'checkpoint.pt'].map(name =>
        bytes('models/openai-vit', name),
      ),
    read: (input, scratch) => {
      process.env['COOP_CACHE_DIR'] = scratch;
      return openModel(file(scratch, 'x.pt', input));
    },
    share: 0.1,
  },
  tokenizer: {
    mutation: 'json',
    seeds: () => [bytes('models/hf-vit-gelu/tokenizer.json')],
    read: async (input, scratch) => {
      file(scratch, 'tokenizer.json', input);
      (await loadTokenizer(scratch)).encode('a photo of a cat, déjà vu 😀.');
    },
  },
  images: {
    mutation: 'bytes',
    seeds: () =>
      filesIn(path.join(golden, 'preprocess'), name => !/^expected|json$/.test(name)).filter(
        each => each.length < 40_000,
      ),
    read: async (input, scratch) => {
      await inspectFile(file(scratch, 'x.img', input), input.length);
      await decodeImage(input, { subject: 'x' });
    },
  },
  prompts: {
    mutation: 'text',
    seeds: () => [text(DOCUMENT)],
    read: input => {
      const document = decoded(input);
      parsePrompts(document);
      formatPrompts(document);
    },
  },
  'template-lists': {
    mutation: 'text',
    seeds: () => [text(CODE)],
    read: (input, _, index) =>
      findTemplateLists(decoded(input), listLanguages[index % listLanguages.length]!),
  },
  'run-files': {
    mutation: 'json',
    seeds: () => RUN_TEXTS.map(runFile),
    read: (input, _, index) => {
      const json = decoded(input);
      [parseInputs, parseState, parseReport][index % RUN_TEXTS.length]!(json, 'x.json');
      parseLock(json);
    },
  },
  'run-directory': {
    mutation: 'bytes',
    seeds: runDirectorySeeds,
    share: 0.01,
    read: (input, scratch) => readRunDirectory(input, scratch, process.env['COOP_FUZZ_RUN']!),
  },
  events: {
    mutation: 'text',
    seeds: () => [runFile('events.jsonl').slice(0, 4000)],
    read: input => parseEvents(input),
  },
  checkpoint: {
    mutation: 'safetensors',
    seeds: () => [runFile('checkpoint.safetensors')],
    read: (input, scratch) => {
      file(scratch, 'checkpoint.safetensors', input);
      return readCheckpoint(scratch);
    },
  },
  context: {
    mutation: 'safetensors',
    seeds: () => [runFile('context.safetensors')],
    read: (input, scratch) => readContext(file(scratch, 'x.safetensors', input)),
  },
  'coop-split': {
    mutation: 'json',
    seeds: () => [text(JSON.stringify(splitOf()))],
    read: input => parseCoopSplit(decoded(input), 'x.json', '/data'),
  },
  manifests: {
    mutation: 'text',
    seeds: () => [
      text('path,label,split\na/b.jpg,cat,train\n"c, d.png",dog,test\n'),
      text('{"path": "a.jpg", "label": "cat"}\n{"path": "b.jpg", "label": "dog", "split": "val"}\n'),
    ],
    read: (input, _, index) => parseManifest(decoded(input), index % 2 === 0 ? 'x.csv' : 'x.jsonl'),
  },
  classes: {
    mutation: 'text',
    seeds: () => [text('folder,name,group\ncat,a cat,pets\ndog,"a ""dog""",pets\n')],
    read: input => parseClasses(decoded(input), ['cat', 'dog'], 'x.csv'),
  },
  descriptors: {
    mutation: 'json',
    seeds: () => [
      text(JSON.stringify({ cat: ['a cat, which has a tail', 'fur'], 'hot\u00a0dog': ['caf\u00e9'] })),
    ],
    read: async (input, scratch, index) => {
      file(scratch, 'd.json', input);
      const value = ['d.json', 'd.json template {}, {which_descriptor}'][index % 2]!;
      const read = readDescriptorLine(index % 3 === 0 ? 'waffle' : 'descriptors', value);
      if ('source' in read)
        await classPrompts(read.source, scratch, { names: ['cat', 'hot dog'], columns: new Map() });
    },
  },
  torch: {
    mutation: 'bytes',
    seeds: () => filesIn(path.join(golden, 'checkpoint'), name => /\.(tar(-\d+)?|pkl)$/.test(name)),
    read: async (input, scratch) => {
      const checkpoint = await readTorchCheckpoint(file(scratch, 'x.pth.tar', input));
      importCheckpoint(checkpoint, IMPORT);
    },
  },
};

const WIDTH = 64;
const IMPORT: Parameters<typeof importCheckpoint>[1] = {
  model: {
    id: 'x',
    hash: 'x',
    tokenizer: { sot: 0, encode: () => [] },
    tables: { width: WIDTH, tokens: new Float32Array(WIDTH), positions: new Float32Array(77 * WIDTH) },
  },
  position: 'end',
  classNames: ['cat', 'dog'],
  createdAt: '2026-01-01T00:00:00Z',
};

function splitOf() {
  const part = (count: number) =>
    Array.from({ length: count }, (_, i) => [`a/${i}.jpg`, i % 2, i % 2 === 0 ? 'cat' : 'dog']);
  return { train: part(6), val: part(4), test: part(4) };
}
