import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import type { ClipModel } from '../../../src/engine/models/parts/clip-model';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { root } from '../../support/root';
import {
  assertReference,
  HF,
  type Json,
  MODELS,
  ModelCopy,
  OPEN_CLIP,
  readJson,
} from '../support/model-copy';
import { trieNodes } from '../support/trie-nodes';

const WEIGHTS = 'model.safetensors';

describe('model folders', () => {
  let model: ModelCopy;
  let folder: string;
  beforeEach(() => {
    model = new ModelCopy();
    folder = model.folder;
  });
  afterEach(() => model.remove());

  const inFolder = (name: string) => model.path(name);
  const copy = (from: string) => model.copy(from);
  const edit: ModelCopy['edit'] = (name, change) => model.edit(name, change);
  const editTower = (name: 'text_config' | 'vision_config', fields: Json) =>
    edit('config.json', json => ({ ...json, [name]: { ...(json[name] as Json), ...fields } }));
  /** Rewrites the header of a weights file; its length may change, its data stay. */
  const editHeader = (name: string, change: (header: Json) => Json) => {
    const bytes = readFileSync(inFolder(name));
    const end = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, end).toString()) as Json;
    const text = Buffer.from(JSON.stringify(change(header)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(inFolder(name), Buffer.concat([length, text, bytes.subarray(end)]));
  };
  const rename = (header: Json, to: (name: string) => string): Json =>
    Object.fromEntries(
      Object.entries(header).map(([name, info]) => [name === '__metadata__' ? name : to(name), info]),
    );
  const refused = (code: string, subject: string, message: RegExp) =>
    assert.rejects(openModel(folder), { code, subject, message });

  it('says which file is not there', async () => {
    await assert.rejects(openModel(inFolder('nowhere')), { code: 'model.missing', message: /nowhere/ });
    copyFileSync(path.join(HF, 'config.json'), inFolder('config.json'));
    await refused('model.missing', inFolder(WEIGHTS), /model\.safetensors does not exist/);
    writeFileSync(inFolder('pytorch_model.bin'), '');
    await refused('model.missing', inFolder('pytorch_model.bin'), /holds no weights: it is empty/);
    writeFileSync(inFolder('pytorch_model.bin'), 'some text');
    await refused('file.corrupt', inFolder('pytorch_model.bin'), /neither a file of PyTorch nor safetensors/);
    copyFileSync(path.join(HF, WEIGHTS), inFolder(WEIGHTS));
    rmSync(inFolder('config.json'));
    await refused('model.missing', inFolder('config.json'), /config\.json does not exist/);
  });

  it('says which shard is not there, and follows no index out of the folder', async () => {
    copy(path.join(MODELS, 'hf-sharded'));
    const shard = 'model-00002-of-00002.safetensors';
    rmSync(inFolder(shard));
    await refused('model.missing', inFolder(shard), /00002-of-00002\.safetensors does not exist/);
    const index = 'model.safetensors.index.json';
    edit(index, json => ({ ...json, weight_map: { logit_scale: 'x'.repeat(300) } }));
    await refused('file.access', path.join(folder, 'x'.repeat(300)), /its name is too long/);
    edit(index, json => ({ ...json, weight_map: { logit_scale: `../${shard}` } }));
    await refused('model.invalid', inFolder(index), /is not a file of this folder/);
    edit(index, json => ({ ...json, weight_map: { elsewhere: 'model-00001-of-00002.safetensors' } }));
    await refused('model.invalid', inFolder(index), /places the tensor elsewhere in model-00001/);
  });

  it('says which tensor has the wrong shape, type or place', async () => {
    copy(HF);
    const file = inFolder(WEIGHTS);
    editTower('text_config', { vocab_size: 1315 });
    await refused('model.invalid', file, /token_embedding\.weight has the shape \[1314, 64\].*\[1315, 64\]/);
    copy(HF);
    editTower('vision_config', { num_hidden_layers: 4 });
    await refused('model.invalid', file, /vision_model\.encoder\.layers\.3\.\S+ is missing/);
    editTower('vision_config', { num_hidden_layers: 2 });
    await refused('model.unsupported', file, /vision_model\.encoder\.layers\.2\.\S+ belongs to no part/);
    copy(HF);
    editHeader(WEIGHTS, header => ({
      ...header,
      'text_projection.weight': { ...(header['text_projection.weight'] as Json), dtype: 'I32' },
    }));
    await refused('model.unsupported', file, /text_projection\.weight is stored as I32/);
    copy(HF);
    truncateSync(file, 100_000);
    await refused('file.corrupt', file, /beyond the end of the file/);
  });

  it('says why a kind of model is not supported', async () => {
    copy(HF);
    const file = inFolder('config.json');
    edit('config.json', json => ({ ...json, model_type: 'siglip' }));
    await refused('model.unsupported', file, /model_type is siglip, not clip or metaclip_2/);
    edit('config.json', json => ({ ...json, model_type: 'blip' }));
    await refused('model.unsupported', file, /model_type is blip/);
    edit('config.json', json => ({ ...json, model_type: 'clip', architectures: ['CLIPTextModel'] }));
    await refused('model.unsupported', file, /CLIPTextModel/);
    copy(HF);
    editTower('text_config', { hidden_act: 'relu' });
    await refused('model.unsupported', file, /text_config\.hidden_act is relu/);
    editTower('text_config', { hidden_act: 'quick_gelu', num_attention_heads: 7 });
    await refused('model.invalid', file, /64 does not divide into 7 heads/);
    editTower('text_config', { num_attention_heads: 'one' });
    await refused('model.invalid', file, /text_config\.num_attention_heads/);
    writeFileSync(file, '{');
    await refused('model.invalid', file, /not JSON/);
  });

  it('says which open_clip option makes another model', async () => {
    copy(OPEN_CLIP);
    const config = 'open_clip_config.json';
    const original = readJson(inFolder(config));
    const options: readonly [section: string, option: string, value: unknown, message: RegExp][] = [
      ['vision_cfg', 'timm_model_name', 'vit_base_patch16', /timm/],
      ['vision_cfg', 'image_size', [64, 96], /64 × 96/],
      ['vision_cfg', 'attentional_pool', true, /learned queries/],
      ['vision_cfg', 'pool_type', 'avg', /class row/],
      ['text_cfg', 'no_causal_mask', true, /causal mask/],
      ['text_cfg', 'pool_type', 'last', /end-of-text/],
      ['text_cfg', 'hf_model_name', 'roberta-base', /transformers model/],
      ['text_cfg', 'act_kwargs', { approximate: 'tanh' }, /activation/],
      ['text_cfg', 'tokenizer_kwargs', { clean: 'canonicalize' }, /clean is "canonicalize"/],
    ];
    for (const [section, option, value, message] of options) {
      const model = original['model_cfg'] as Json;
      const changed = { ...model, [section]: { ...(model[section] as Json), [option]: value } };
      writeFileSync(inFolder(config), JSON.stringify({ ...original, model_cfg: changed }));
      await refused('model.unsupported', inFolder(config), message);
    }
    // As open_clip keeps it among its model_configs, without what is around it on the hub.
    writeFileSync(inFolder(config), JSON.stringify(original['model_cfg']));
    await refused('model.invalid', inFolder(config), /it has no model_cfg/);
  });

  it('reads preprocessing from its file, and uses CLIP’s without one', async () => {
    copy(path.join(MODELS, 'hf-vit-gelu'));
    const given = (await openModel(folder)).preprocess;
    assert.deepEqual(
      [given.size, given.mean, given.std, given.resize],
      [48, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], { shortest: 48 }],
    );
    const name = 'preprocessor_config.json';
    edit(name, json => ({ ...json, size: { height: 48, width: 48 }, resample: 2, do_center_crop: false }));
    const squash = (await openModel(folder)).preprocess;
    assert.deepEqual([squash.resize, squash.interpolation], [{ width: 48, height: 48 }, 'bilinear']);
    edit(name, json => ({ ...json, size: { height: 56, width: 56 } }));
    await refused('model.unsupported', inFolder(name), /56 × 56 pixels, but the tower takes 48/);
    const whole = 'processor_config.json';
    edit(name, json => ({ ...json, size: 48, crop_size: 48, do_center_crop: true }));
    const before = await (await openModel(folder)).hash();
    writeFileSync(inFolder(whole), JSON.stringify({ image_processor: { size: 50, crop_size: 48 } }));
    const cropped = await openModel(folder);
    assert.deepEqual([cropped.preprocess.resize, cropped.preprocess.crop], [{ shortest: 50 }, 'floor']);
    assert.notEqual(await cropped.hash(), before);
    rmSync(inFolder(whole));
    rmSync(inFolder(name));
    const usual = (await openModel(folder)).preprocess;
    assert.deepEqual(usual.mean, [0.48145466, 0.4578275, 0.40821073]);
    assert.equal(usual.size, 48);
  });

  it('takes the values of B/32 for fields that config.json leaves out', async () => {
    copy(HF);
    const absent = { hidden_act: null, layer_norm_eps: undefined, max_position_embeddings: undefined };
    editTower('text_config', absent);
    editTower('vision_config', { hidden_act: undefined, layer_norm_eps: null });
    await assertReference(await openModel(folder), HF);
    edit('config.json', json => ({ ...json, text_config: {}, vision_config: {} }));
    await refused('model.invalid', inFolder(WEIGHTS), /\[512, 512\]/);
  });

  it('prefers open_clip’s file to an image tower beside it', async () => {
    copy(OPEN_CLIP);
    writeFileSync(inFolder(WEIGHTS), 'the image tower alone');
    writeFileSync(inFolder('config.json'), '{"architecture": "vit_base_patch32_clip_224"}');
    assert.equal((await openModel(folder)).embedWidth, 40);
  });

  it('reads OpenAI’s state dict without a configuration: sizes from the shapes, as open_clip’s configuration has them', async () => {
    const icon = path.join(root, 'media/sample/icon-clip');
    copy(icon);
    rmSync(inFolder('open_clip_config.json'));
    renameSync(inFolder('open_clip_model.safetensors'), inFolder('RN-icon.safetensors'));
    const [bare, known] = [await openModel(folder), await openModel(icon)];
    const { width, heads, activation } = trieNodes(bare);
    assert.deepEqual({ width, heads, activation }, { width: 128, heads: 2, activation: 'quick_gelu' });
    assert.deepEqual(bare.preprocess, known.preprocess);
    const rows = [3910, 1960, 3911].map(id => ({ kind: 'token' as const, id }));
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 37) % 256);
    for (const create of [
      async (model: ClipModel) => (await createTextEncoder(model)).encode([rows]),
      async (model: ClipModel) => (await createImageEncoder(model)).encode(pixels, 1),
    ])
      assert.deepEqual(await create(bare), await create(known));
    editHeader('RN-icon.safetensors', header =>
      rename(header, name => name.replace('ln_final.bias', 'ln_last.bias')),
    );
    await assert.rejects(openModel(folder), /the tensor ln_final\.bias is missing/);
  });

  it('reads names that training left a prefix on', async () => {
    copy(OPEN_CLIP);
    const file = 'open_clip_model.safetensors';
    editHeader(file, header => rename(header, name => `module.${name}`));
    await assertReference(await openModel(folder), OPEN_CLIP);
    copy(OPEN_CLIP);
    const text = /^(transformer|token_embedding|positional_embedding|ln_final|text_projection)/;
    editHeader(file, header => rename(header, name => (text.test(name) ? `text.${name}` : name)));
    await assertReference(await openModel(folder), OPEN_CLIP);
  });

  it('reads shards that are links into several folders', async () => {
    const sharded = path.join(MODELS, 'hf-sharded');
    for (const [at, name] of readdirSync(sharded).entries()) {
      const blobs = inFolder(`blobs${at % 2}`);
      mkdirSync(blobs, { recursive: true });
      copyFileSync(path.join(sharded, name), path.join(blobs, `${at}`));
    }
    const snapshot = inFolder('snapshots');
    mkdirSync(snapshot);
    for (const [at, name] of readdirSync(sharded).entries())
      symlinkSync(path.join('..', `blobs${at % 2}`, `${at}`), path.join(snapshot, name));
    assert.ok(existsSync(path.join(snapshot, 'config.json')));
    await assertReference(await openModel(snapshot), HF);
  });

  it('has a hash that changes with the weights and with the configuration', async () => {
    copy(HF);
    const hash = async () => (await openModel(folder)).hash();
    const original = await hash();
    assert.match(original, /^[0-9a-f]{64}$/);
    assert.equal(await hash(), original);
    assert.equal(await (await openModel(HF)).hash(), original);
    const bytes = readFileSync(inFolder(WEIGHTS));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(inFolder(WEIGHTS), bytes);
    const changed = await hash();
    assert.notEqual(changed, original);
    editTower('text_config', { layer_norm_eps: 1e-6 });
    assert.notEqual(await hash(), changed);
  });
});
