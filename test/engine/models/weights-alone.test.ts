import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { predictImages } from '../../../src/engine/jobs/predict-images';
import { inputWarnings } from '../../../src/engine/jobs/task-warnings';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { openProject } from '../../../src/engine/task/open-project';
import type { Task } from '../../../src/engine/task/task';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { root } from '../../support/root';
import { MODELS, ModelCopy, OPEN_CLIP } from '../support/model-copy';
import { trieNodes } from '../support/trie-nodes';

describe('weights without a configuration or a tokenizer', () => {
  let place: ModelCopy;
  beforeEach(() => {
    place = new ModelCopy();
  });
  afterEach(() => place.remove());
  const opens = async () => {
    const model = await openModel(place.path('model'));
    await model.tokenizer();
    return model;
  };

  it('open_clip’s weights alone in the cache: sizes of the tensors, the list’s activation, CLIP’s vocabulary', async () => {
    const repository = (name: string) => path.join(`models--${name}`, 'snapshots', 'a'.repeat(40));
    const known = [
      ['laion--CLIP-ViT-B-32-laion2B-s34B-b79K', 'gelu', 0.48145466, false],
      ['timm--vit_base_patch32_clip_224.openai', 'quick_gelu', 0.48145466, false],
      ['laion--CLIP-ViT-L-14-laion2B-s32B-b82K', 'gelu', 0.5, false],
      ['apple--DFN5B-CLIP-ViT-H-14', 'quick_gelu', 0.48145466, true],
      ['acme--clip', 'gelu', 0.48145466, false],
    ] as const;
    for (const [name, activation, mean, squash] of known) {
      const folder = place.path(repository(name));
      mkdirSync(folder, { recursive: true });
      copyFileSync(
        path.join(MODELS, 'openai-vit/state_dict.bin'),
        path.join(folder, 'open_clip_pytorch_model.bin'),
      );
      const model = await openModel(folder);
      assert.equal(trieNodes(model).activation, activation, name);
      assert.deepEqual([model.preprocess.mean[0], 'width' in model.preprocess.resize], [mean, squash], name);
      assert.equal(model.assumption === null, name !== 'acme--clip', name);
    }
  });

  it('the releases of open_clip in ~/.cache/clip by their names, which say the activation', async () => {
    for (const [name, activation] of [
      ['vit_b_16-laion400m_e31-00efa78f.pt', 'gelu'],
      ['vit_b_32-laion2b_e16-af8dbd0c.pth', 'gelu'],
      ['vit_b_32-quickgelu-laion400m_e32-46683a32.pt', 'quick_gelu'],
    ] as const) {
      copyFileSync(path.join(MODELS, 'openai-vit/state_dict.bin'), place.path(name));
      const model = await openModel(place.path(name));
      assert.deepEqual([trieNodes(model).activation, model.assumption], [activation, null], name);
    }
  });

  it('what the name of a file decides is a part of the model’s hash', async () => {
    const names = ['epoch_10.pt', 'ViT-B-16.pt', 'open_clip_mine.pt', 'open_clip_b.bin'];
    mkdirSync(place.path('model'));
    const models = await Promise.all(
      names.map(async name => {
        copyFileSync(path.join(MODELS, 'openai-vit/state_dict.bin'), place.path(`model/${name}`));
        return openModel(place.path(`model/${name}`));
      }),
    );
    assert.deepEqual(
      models.map(model => trieNodes(model).activation),
      ['quick_gelu', 'quick_gelu', 'gelu', 'gelu'],
    );
    const [quick, alike, gelu, alike2] = await Promise.all(models.map(model => model.hash()));
    assert.notEqual(quick, gelu);
    assert.deepEqual([quick, gelu], [alike, alike2]);
  });

  it('what is taken for granted is said with every score and run', async () => {
    mkdirSync(place.path('model'));
    copyFileSync(path.join(MODELS, 'openai-vit/state_dict.bin'), place.path('model/mine.bin'));
    const model = await openModel(place.path('model'), 'mine');
    const dataset = { scan: { sameNames: [], classes: [] } } as unknown as Task['dataset'];
    assert.deepEqual(inputWarnings({ dataset, model }), [
      'mine: no open_clip_config.json stands beside the weights; the activation is taken to be QuickGELU, as OpenAI’s models have, and heads to be as wide as theirs.',
    ]);
  });

  it('… and with every prediction', async () => {
    mkdirSync(place.path('model'));
    copyFileSync(path.join(MODELS, 'openai-vit/state_dict.bin'), place.path('model/mine.bin'));
    // Letters alone: the model has 300 tokens.
    const letters = [...'abcdefghijklmnopqrstuvwxyz.'].flatMap(letter => [letter, `${letter}</w>`]);
    const entries = [...letters, '<|startoftext|>', '<|endoftext|>'];
    const vocabulary = Object.fromEntries(entries.map((entry, id) => [entry, id]));
    writeFileSync(place.path('model/vocab.json'), JSON.stringify(vocabulary));
    writeFileSync(place.path('model/merges.txt'), '#version: 0.2\n');
    const groups = path.join(root, 'media/sample/images/groups');
    const text = `@images ${groups}\n@model ./model/mine.bin\na photo of a {}.\n`;
    const project = openProject({ path: place.path('d.prompts'), text });
    const warnings: string[] = [];
    const request = { project, line: 'a photo of a {}.', top: 1, shelf: new TaskShelf() };
    const paths = [path.join(groups, 'activities/balloon.jpg')];
    await predictImages({ ...request, paths }, { onWarning: message => warnings.push(message) });
    assert.match(warnings.join(), /mine\.bin: no open_clip_config\.json .*taken to be QuickGELU/);
  });

  it('says of weights whose heads no configuration counts that they need one', async () => {
    place.copy(OPEN_CLIP, 'model');
    rmSync(place.path('model/open_clip_config.json'));
    await place.rewrite('model/open_clip_model.safetensors', (name, tensor) => [
      [name, name === 'ln_final.weight' ? { shape: [48], data: new Float32Array(48) } : tensor],
    ]);
    await assert.rejects(opens(), {
      code: 'model.unsupported',
      message: /width 48 does not divide into heads of 64/,
      next: /open_clip_config\.json beside/,
    });
  });

  it('CLIP’s own vocabulary serves a model of its size that has none', async () => {
    place.copy(OPEN_CLIP, 'model');
    rmSync(place.path('model/tokenizer.json'));
    await assert.rejects(opens(), { code: 'tokenizer.missing' });
    const width = (await openModel(place.path('model'))).text.width;
    place.edit('model/open_clip_config.json', json => {
      const model = json['model_cfg'] as Record<string, Record<string, unknown>>;
      return { ...json, model_cfg: { ...model, text_cfg: { ...model['text_cfg'], vocab_size: 49_408 } } };
    });
    await place.rewrite('model/open_clip_model.safetensors', (name, tensor) => [
      [
        name,
        name === 'token_embedding.weight'
          ? { shape: [49_408, width], data: new Float32Array(49_408 * width) }
          : tensor,
      ],
    ]);
    const tokenizer = await (await opens()).tokenizer();
    assert.deepEqual(tokenizer.encode('a photo of a dog.'), [320, 1125, 539, 320, 1929, 269]);
  });
});
