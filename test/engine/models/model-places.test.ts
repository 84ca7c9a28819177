import assert from 'node:assert/strict';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { huggingFaceCache } from '../../../src/engine/models/caches/hub-cache';
import { foundModels } from '../../../src/engine/models/hub/found-models';
import { resolveModel } from '../../../src/engine/models/hub/resolve-model';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { cacheFolder } from '../../../src/files/disk/cache-folder';
import { HF, MODELS, ModelCopy } from '../support/model-copy';

const ID = 'acme/clip-tiny';
const MAIN = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);
const NAMES = [
  'HF_HUB_CACHE',
  'HUGGINGFACE_HUB_CACHE',
  'HF_HOME',
  'XDG_CACHE_HOME',
  'HOME',
  'COOP_CACHE_DIR',
];

describe('where models lie', () => {
  let place: ModelCopy;
  const before = Object.fromEntries(NAMES.map(name => [name, process.env[name]]));
  const environment = (values: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(values))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  };
  beforeEach(() => {
    place = new ModelCopy();
    environment({ ...Object.fromEntries(NAMES.map(name => [name, undefined])), HOME: place.folder });
  });
  afterEach(() => {
    environment(before);
    place.remove();
  });

  /** A repository as huggingface_hub lays it out: links into blobs, and references to snapshots. */
  const hub = (snapshots: Readonly<Record<string, readonly string[]>>, root = '.cache/huggingface/hub') => {
    const repository = path.join(root, 'models--acme--clip-tiny');
    const blobs = place.path(repository, 'blobs');
    mkdirSync(blobs, { recursive: true });
    mkdirSync(place.path(repository, 'refs/refs/pr'), { recursive: true });
    writeFileSync(place.path(repository, 'refs/main'), MAIN);
    for (const name of readdirSync(HF)) copyFileSync(path.join(HF, name), path.join(blobs, `blob-${name}`));
    for (const [snapshot, names] of Object.entries(snapshots)) {
      const folder = place.path(repository, 'snapshots', snapshot);
      mkdirSync(folder, { recursive: true });
      for (const name of names) symlinkSync(`../../blobs/blob-${name}`, path.join(folder, name));
    }
    return {
      path: (...names: readonly string[]) => place.path(repository, ...names),
      snapshot: (name: string) => place.path(repository, 'snapshots', name),
    };
  };
  const WHOLE = ['config.json', 'model.safetensors', 'tokenizer.json', 'preprocessor_config.json'];
  const opens = async (spec: string, folder = os.tmpdir()) => {
    const model = await openModel(resolveModel(spec, folder), spec);
    await model.tokenizer();
    return model;
  };
  const refused = async (spec: string, message: RegExp, next: RegExp) =>
    assert.rejects(opens(spec), (error: { message: string; next?: string }) => {
      assert.match(error.message, message);
      assert.match(error.next ?? '', next);
      return true;
    });

  it('the hub’s cache as huggingface_hub finds it, `~` and variables filled in', async () => {
    for (const [values, root] of [
      [{}, '.cache/huggingface/hub'],
      [{ XDG_CACHE_HOME: '~/xdg' }, 'xdg/huggingface/hub'],
      [{ XDG_CACHE_HOME: '~/xdg', HF_HOME: '~/x' }, 'x/hub'],
      [{ HF_HOME: '$HOME/y' }, 'y/hub'],
      [{ HF_HOME: '~/x', HUGGINGFACE_HUB_CACHE: `\${HOME}/older` }, 'older'],
      [{ HUGGINGFACE_HUB_CACHE: '~/older', HF_HUB_CACHE: '~/newest' }, 'newest'],
      [{ HF_HUB_CACHE: '', HF_HOME: '' }, '.cache/huggingface/hub'],
    ] as const) {
      environment({
        HF_HUB_CACHE: undefined,
        HUGGINGFACE_HUB_CACHE: undefined,
        HF_HOME: undefined,
        XDG_CACHE_HOME: undefined,
      });
      environment(values);
      assert.equal(huggingFaceCache(), place.path(root), JSON.stringify(values));
    }
    environment({ HF_HUB_CACHE: undefined, HUGGINGFACE_HUB_CACHE: undefined, HF_HOME: '~/x' });
    hub({ [MAIN]: WHOLE }, 'x/hub');
    await opens(ID);
  });

  it('a snapshot with a broken link of a file that no one needs', async () => {
    const { snapshot } = hub({ [MAIN]: [...WHOLE, 'flax_model.msgpack'] });
    await opens(ID);
    const found = (await foundModels()).find(({ name }) => name === ID);
    assert.ok(found?.ok === true && found.bytes > 1_000_000, JSON.stringify(found));
    assert.equal(found.folder, snapshot(MAIN));
  });

  it('safetensors that a pull request proposes', async () => {
    const { path: at } = hub({ [MAIN]: ['config.json', 'tokenizer.json'], [OTHER]: ['model.safetensors'] });
    writeFileSync(at('refs/refs/pr/15'), OTHER);
    await opens(ID);
    // Files of a snapshot that nothing refers to are no part of the model.
    rmSync(at('refs/refs/pr/15'));
    await refused(ID, /model\.safetensors does not exist/, /coop models pull acme\/clip-tiny/);
  });

  it('an older snapshot that is complete, where the newest has no weights', async () => {
    const { snapshot } = hub({ [MAIN]: ['config.json'], [OTHER]: WHOLE });
    utimesSync(snapshot(OTHER), 1, 1);
    assert.equal(resolveModel(ID, os.tmpdir()), snapshot(OTHER));
    await opens(ID);
  });

  it('says that a download stopped half-way', async () => {
    const { path: at } = hub({ [MAIN]: ['config.json', 'tokenizer.json'] });
    for (const left of ['blobs/x.incomplete', 'blobs/x.coop.incomplete']) {
      writeFileSync(at(left), '');
      await refused(
        ID,
        /is not complete: the download of its weights has not ended/,
        /coop models pull acme\/clip-tiny” again/,
      );
      rmSync(at(left));
    }
    symlinkSync('../../blobs/gone', at('snapshots', MAIN, 'model.safetensors'));
    await refused(ID, /model\.safetensors is a link to a file that is not there/, /coop models pull/);
  });

  it('follows no reference out of its repository', () => {
    const { path: at } = hub({ [MAIN]: WHOLE });
    for (const name of ['../../elsewhere', '..', '']) {
      writeFileSync(at('refs/main'), name);
      assert.equal(resolveModel(ID, os.tmpdir()), at('snapshots', MAIN));
    }
  });

  it('says of a Git LFS pointer that it is one, and of a web page and an empty file', async () => {
    place.copy(HF, 'model');
    const file = place.path('model/model.safetensors');
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 605157884\n`;
    for (const [content, message, next] of [
      [pointer, /is a pointer of Git LFS: the file of 606 MB itself was not fetched/, /git lfs pull/],
      ['<!doctype html><html>', /it is a web page/, /Download the file again/],
      ['../../blobs/345504613106', /is the text of a link to "..\/..\/blobs\/3/, /Download the file again/],
      ['', /it is empty/, /Download the file again/],
    ] as const) {
      writeFileSync(file, content);
      await refused(place.path('model'), message, next);
    }
  });

  it('sentence-transformers’ part with the CLIP', async () => {
    place.copy(HF, 'model/0_CLIPModel');
    writeFileSync(place.path('model/modules.json'), '[]');
    await opens(place.path('model'));
  });

  it('a weights file by its path, relative to the document or the home folder', async () => {
    place.copy(HF, 'model');
    renameSync(place.path('model/model.safetensors'), place.path('model/mine.safetensors'));
    for (const [spec, folder] of [
      ['model/mine.safetensors', place.folder],
      ['./mine.safetensors', place.path('model')],
      ['~/model/mine.safetensors', os.tmpdir()],
      ['model', place.folder],
    ] as const)
      assert.equal((await opens(spec, folder)).layout, 'hugging-face', spec);
    linkSync(place.path('model/mine.safetensors'), place.path('model/other.safetensors'));
    await refused(
      place.path('model'),
      /holds 2 weights files, “mine\.safetensors”, “other\.safetensors”, none of a name/,
      /Name one of them in the folder’s place, such as “\/.*model\/mine\.safetensors”/,
    );
    await opens(place.path('model/other.safetensors'));
    rmSync(place.path('model/config.json'));
    await refused(place.path('model/mine.safetensors'), /config\.json does not exist/, /./);
  });

  it('a path that begins with a folder beside the document is none to download', () => {
    mkdirSync(place.path('models'));
    const next = (spec: string) => {
      try {
        return resolveModel(spec, place.folder);
      } catch (thrown) {
        return (thrown as { next?: string }).next ?? '';
      }
    };
    assert.match(next('models/vit'), /^Name the model’s folder or weights file by its path/);
    assert.match(next('model5/vit'), /^Download it with “coop models pull model5\/vit”/);
  });

  it('OpenAI’s name, in the cache of its package', async () => {
    await refused(
      'ViT-B/16',
      /not found.*\.cache\/clip\/ViT-B-16\.pt/,
      /^Use the same model of the hub, .*“coop models pull openai\/clip-vit-base-patch16”.*, or load .*OpenAI’s clip package/,
    );
    await refused('RN50x64', /not found/, /^Load “RN50x64” once with OpenAI’s clip package/);
    mkdirSync(place.path('.cache/clip'), { recursive: true });
    copyFileSync(path.join(MODELS, 'openai-vit/archive.pt'), place.path('.cache/clip/ViT-B-16.pt'));
    const file = place.path('.cache/clip/ViT-B-16.pt');
    assert.equal(resolveModel('ViT-B/16', os.tmpdir()), file);
    const found = (await foundModels()).find(({ name }) => name === 'ViT-B/16');
    assert.ok(found?.ok === true && /^64 × /.test(found.textTower) && found.assumption === undefined);
    // Its vocabulary has 300 tokens, so that CLIP's own is not its.
    await assert.rejects((await openModel(file)).tokenizer(), {
      code: 'tokenizer.missing',
      message: /its vocabulary of 300 tokens is not CLIP’s of 49408/,
    });
  });

  it('says what else is there, and of adapters that they are none', async () => {
    mkdirSync(place.path('model'));
    await refused(place.path('model'), /there is no weights file in it/, /Choose the folder/);
    writeFileSync(place.path('model/config.json'), '{}');
    writeFileSync(place.path('model/flax_model.msgpack'), '');
    await refused(place.path('model'), /weights of Flax or TensorFlow only/, /Download its \.safetensors/);
    writeFileSync(place.path('model/adapter_config.json'), '{"base_model_name_or_path": "openai/clip"}');
    writeFileSync(place.path('model/adapter_model.safetensors'), '');
    await refused(
      place.path('model'),
      /is an adapter \(LoRA\) of "openai\/clip", not a model/,
      /^Use its base model, “openai\/clip”, or merge .* \(peft: merge_and_unload/,
    );
    // Transformers loads the adapter over what it names, not the weights beside it.
    place.copy(HF, 'model');
    await refused(
      place.path('model'),
      /is an adapter \(LoRA\) of "openai\/clip"/,
      /by the name of their file/,
    );
    assert.ok((await openModel(place.path('model/model.safetensors'))).embedWidth > 0);
    place.copy(HF, 'merged');
    await place.rewrite(
      'merged/model.safetensors',
      (name, tensor) =>
        [
          [name.replace('q_proj.weight', 'q_proj.base_layer.weight'), tensor],
          ...(name.endsWith('q_proj.weight')
            ? [[name.replace('q_proj.weight', 'q_proj.lora_A.default.weight'), tensor] as const]
            : []),
        ] as [string, typeof tensor][],
    );
    await refused(
      place.path('merged'),
      /merged.model\.safetensors: it is an adapter \(LoRA\)/,
      /merge_and_unload/,
    );
    place.copy(HF, 'tower');
    await place.rewrite('tower/model.safetensors', (name, tensor) =>
      name.startsWith('text_') ? [] : [[name, tensor]],
    );
    await refused(place.path('tower'), /are not those of a family that is built in/, /Use a CLIP/);
    await refused(
      path.join(MODELS, '../checkpoint/prompt_learner/model.pth.tar-5'),
      /a prompt that CoOp’s code learned, not a model/,
      /coop import/,
    );
  });

  it('the only weights file of a folder, whatever letters its ending has', async () => {
    place.copy(HF, 'model');
    renameSync(place.path('model/model.safetensors'), place.path('model/MODEL.SafeTensors'));
    assert.ok((await openModel(place.path('model'))).embedWidth > 0);
  });

  it('one hint for one cause: only what the hub can have is to be downloaded', async () => {
    await refused(
      'acme/nothing',
      /“acme\/nothing” was not found/,
      /^Download it with “coop models pull acme\/nothing”/,
    );
    await refused('./models/mine', /was not found/, /^Name the model’s folder or weights file by its path/);
  });

  it('a user without a home folder has caches among the temporary files', () => {
    const { homedir } = os;
    os.homedir = () => {
      throw new Error('no home');
    };
    try {
      environment({ HOME: undefined });
      assert.equal(huggingFaceCache(), null);
      assert.match(cacheFolder(), /coop-/);
      assert.equal(path.dirname(cacheFolder()), os.tmpdir());
      assert.throws(() => resolveModel(ID, os.tmpdir()), { code: 'model.missing' });
      environment({ HF_HOME: '/hf' });
      assert.equal(huggingFaceCache(), path.resolve('/hf/hub'));
    } finally {
      os.homedir = homedir;
    }
  });
});
