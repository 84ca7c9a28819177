import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exportPrompt } from '../../../src/engine/jobs/export-prompt';
import { unitRows } from '../../../src/engine/measure/unit-features';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import type { RowKey } from '../../../src/engine/prompt/prompt-rows';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { contextBytes } from '../../../src/files/contexts/learned-context';
import { contextFile } from '../../../src/files/coop-folder';
import { writeFileAtomic } from '../../../src/files/disk/atomic-file';
import { readSafetensorsHeader, readTensor, readTensorBytes } from '../../../src/files/tensors/safetensors';
import { snippet } from '../../../src/shared/snippets/snippet';
import { LIBRARIES } from '../../../src/shared/snippets/snippet-facts';
import { CLIP_FACTS } from '../../support/clip-facts';
import { root } from '../../support/root';
import { relativeDistance } from '../support/layout-case';
import { randomNumbers } from '../support/random-text-model';

const model = path.join(root, 'test/fixtures/golden/models/hf-vit-quickgelu');
const images = path.join(root, 'media/sample/images/groups');

describe('an exported prompt', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-export-'));
    mkdirSync(path.join(folder, '.coop/contexts'), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const project = () =>
    openProject({
      path: path.join(folder, 'x.prompts'),
      text: `@images ${images}\n@model ${model}\na {}.\n`,
    });
  const write = async (name: string, template: string, perClass: boolean, slots: number) => {
    const shelf = new TaskShelf();
    const { hash, model: opened } = await shelf.models.open(model, model);
    const { width } = opened.text;
    const classNames = [
      'activities',
      'animals and nature',
      'food and drink',
      'objects',
      'people and body',
      'smileys and emotion',
      'symbols',
      'travel and places',
    ];
    const length = 3;
    const random = randomNumbers(7);
    const values = () =>
      Float32Array.from({ length: (perClass ? 8 : 1) * length * width }, () => random() / 20);
    const context = {
      width,
      slots: Array.from({ length: slots }, () => ({ length, perClass, values: values() })),
      template,
      model,
      modelHash: hash,
      classNames,
      runId: 'x',
      createdAt: '2026-01-01T00:00:00Z',
    };
    await writeFileAtomic(contextFile(folder, name), contextBytes(context));
    return shelf;
  };

  for (const [name, template, line, perClass, slots] of [
    ['shared', '[V:3] {}.', '<shared> {}.', false, 1],
    ['csc', '[V:3 per-class] {}.', '<csc> {}.', true, 1],
    ['two', 'a [V:3] {} [V:3]!', 'a <two.1> {} <two.2>!', false, 2],
  ] as const) {
    it(`holds tokens, vectors and their places, which give its text features: ${line}`, async () => {
      const shelf = await write(name, template, perClass, slots);
      const out = path.join(folder, `${name}.safetensors`);
      const { classes } = await exportPrompt({
        project: project(),
        line,
        out,
        library: null,
        shownAs: out,
        shelf,
      });
      assert.equal(classes, 8);
      const { tensors, metadata } = await readSafetensorsHeader(out);
      const integers = async (tensor: string) => {
        const bytes = await readTensorBytes(out, tensors.get(tensor)!);
        return Array.from(new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8), Number);
      };
      const [ids, places] = [await integers('input_ids'), await integers('vector_index')];
      const vectors = await readTensor(out, tensors.get('vectors')!);
      const features = await readTensor(out, tensors.get('text_embeds')!);
      const opened = await openModel(model);
      const { width } = opened.text;
      const { eot } = await opened.tokenizer();
      const length = opened.contextLength;
      const prompts = Array.from({ length: classes }, (_, label) => {
        const end = ids.indexOf(eot, label * length);
        return Array.from({ length: end - label * length + 1 }, (_value, position): RowKey => {
          const place = label * length + position;
          return places[place]! < 0
            ? { kind: 'token', id: ids[place]! }
            : { kind: 'vector', slot: 0, vector: places[place]!, classIndex: null };
        });
      });
      const encoder = await createTextEncoder(opened, { threads: 1 });
      const encoded = await encoder.encode(prompts, (_, vector) =>
        vectors.subarray(vector * width, (vector + 1) * width),
      );
      await encoder.release();
      assert.ok(relativeDistance(features, unitRows(encoded, opened.embedWidth)) < 1e-6);
      assert.equal(tensors.get('vectors')!.shape[0], (perClass ? 8 : 1) * 3 * slots);
      assert.equal(Number(metadata['logit_scale']), opened.similarity.scale);

      const json = path.join(folder, `${name}.json`);
      await exportPrompt({ project: project(), line, out: json, library: null, shownAs: json, shelf });
      const read = JSON.parse(readFileSync(json, 'utf8')) as { classes: string[]; text_embeds: number[][] };
      assert.deepEqual(Float32Array.from(read.text_embeds.flat()), features);
      assert.deepEqual(read.classes, JSON.parse(metadata['classes']!));
    });
  }
});

describe('an exported prompt with a threshold', () => {
  it('holds the temperature that dev images ask for', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-export-'));
    try {
      const sample = path.join(root, 'media/sample/x.prompts');
      const text = '@images ./images/groups\n@model icon-clip\na photo of a {}.\n';
      const request = {
        project: openProject({ path: sample, text }),
        line: 'a photo of a {}.',
        library: null,
        shownAs: 'x',
        shelf: new TaskShelf(),
        threshold: 0.4,
      };
      const [json, tensors] = ['x.json', 'x.safetensors'].map(name => path.join(folder, name));
      await exportPrompt({ ...request, out: json! });
      await exportPrompt({ ...request, out: tensors! });
      const { temperature, threshold } = JSON.parse(readFileSync(json!, 'utf8')) as Record<string, number>;
      assert.ok(temperature! > 0.01 && temperature! < 100);
      assert.equal(threshold, 0.4);
      const { metadata } = await readSafetensorsHeader(tensors!);
      assert.deepEqual([metadata['temperature'], metadata['threshold']].map(Number), [
        temperature,
        threshold,
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('code for other libraries', () => {
  const facts = { ...CLIP_FACTS, file: 'a "b".safetensors' };

  it('names the model as each library does, and the file', () => {
    assert.match(snippet('open_clip', facts), /from_pretrained\("ViT-B-16", pretrained="openai"\)/);
    assert.match(snippet('transformers', facts), /MODEL = "openai\/clip-vit-base-patch16"/);
    assert.match(snippet('transformers.js', facts), /MODEL = "Xenova\/clip-vit-base-patch16"/);
    const local = { ...facts, layout: 'open-clip', model: '/models/x' } as const;
    assert.match(snippet('open_clip', local), /from_pretrained\("local-dir:\/models\/x"\)/);
    for (const library of LIBRARIES) assert.ok(snippet(library, facts).includes('"a \\"b\\".safetensors"'));
  });

  it('says which library cannot load a model, and which can', () => {
    const refused = { code: 'model.unsupported' };
    for (const library of ['transformers', 'transformers.js'] as const)
      assert.throws(() => snippet(library, { ...facts, layout: 'open-clip' }), refused);
    assert.throws(() => snippet('open_clip', { ...facts, model: 'me/my-clip' }), refused);
    assert.match(snippet('onnxruntime', { ...facts, layout: 'siglip' }), /InferenceSession\("a /);
  });
});
