import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { planRun } from '../../../src/engine/jobs/plan-run';
import { foundModels } from '../../../src/engine/models/hub/found-models';
import { isBorrowedSample, resolveModel } from '../../../src/engine/models/hub/resolve-model';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { root } from '../../support/root';

const sample = path.join(root, 'media/sample');

describe('a folder of models', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-models-'));
    cpSync(path.join(sample, 'icon-clip'), path.join(folder, 'my-clip'), { recursive: true });
    process.env['COOP_MODEL_DIR'] = folder;
  });
  after(() => {
    delete process.env['COOP_MODEL_DIR'];
    rmSync(folder, { recursive: true, force: true });
  });

  it('is where @model is looked for, after the document’s own folder', () => {
    assert.equal(resolveModel('my-clip', os.tmpdir()), path.join(folder, 'my-clip'));
    assert.equal(resolveModel('icon-clip', sample), path.join(sample, 'icon-clip'));
    assert.throws(() => resolveModel('no-clip', sample), new RegExp(path.join(folder, 'no-clip')));
  });

  it('is listed with what to write after @model', async () => {
    const [found] = (await foundModels()).filter(({ folder: each }) => each.startsWith(folder));
    assert.equal(found?.name, 'my-clip');
    assert.ok(found.ok && /× 3$/.test(found.textTower) && !found.sampleOnly);
  });

  it('is listed file by file where it holds several weights, whatever their endings', async () => {
    const golden = path.join(root, 'test/fixtures/golden');
    mkdirSync(path.join(folder, 'openai'));
    const put = (from: string, name: string) =>
      cpSync(path.join(golden, from), path.join(folder, 'openai', name));
    put('models/openai-vit/archive.pt', 'RN50.pt');
    put('models/openai-vit/state_dict.bin', 'epoch 10.pth');
    put('models/openai-vit/expected.safetensors', 'features.safetensors');
    mkdirSync(path.join(folder, 'one'));
    cpSync(path.join(golden, 'models/openai-vit/checkpoint.pt'), path.join(folder, 'one/model.pth.tar-50'));
    const found = (await foundModels([folder])).filter(({ folder: each }) => each.startsWith(folder));
    const names = ['my-clip', 'one', 'openai/RN50.pt', 'openai/epoch 10.pth'];
    assert.deepEqual(
      found.map(({ name, ok }) => [name, ok]),
      [...names, ...names.map(name => path.join(folder, name))].map(name => [name, true]),
    );
  });

  it('shows of a cache what its configuration says is of these families, whatever it is called', async () => {
    const cache = mkdtempSync(path.join(os.tmpdir(), 'coop-hub-'));
    const before = process.env['HF_HUB_CACHE'];
    process.env['HF_HUB_CACHE'] = cache;
    try {
      const golden = path.join(root, 'test/fixtures/golden');
      const put = (name: string, from: string) => {
        const repository = path.join(cache, `models--me--${name}`);
        cpSync(from, path.join(repository, 'snapshots/abc'), { recursive: true });
        mkdirSync(path.join(repository, 'refs'));
        writeFileSync(path.join(repository, 'refs/main'), 'abc');
      };
      put('pictures', path.join(golden, 'siglip/siglip'));
      put('towers', path.join(golden, 'onnx/clip'));
      mkdirSync(path.join(cache, 'models--me--words/snapshots/abc'), { recursive: true });
      writeFileSync(
        path.join(cache, 'models--me--words/snapshots/abc/config.json'),
        '{"model_type": "bert"}',
      );
      const towers = (await foundModels()).flatMap(model =>
        model.name.startsWith('me/') ? [[model.name, model.ok ? model.textTower : model.error.message]] : [],
      );
      assert.deepEqual(towers, [
        ['me/pictures', towers[0]![1]],
        ['me/towers', 'ONNX'],
      ]);
      assert.match(towers[0]![1]!, /^\d+ × \d+$/);
    } finally {
      if (before === undefined) delete process.env['HF_HUB_CACHE'];
      else process.env['HF_HUB_CACHE'] = before;
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

describe('planning a run', () => {
  const plan = (document: string, threads?: number) =>
    planRun(
      openProject({
        path: document,
        text: `@images ${path.join(sample, 'images/groups')}\n@model icon-clip\na photo of a {}.\n`,
      }),
      { line: 'a photo of a {}.', recipe: {}, device: 'cpu', ...(threads === undefined ? {} : { threads }) },
      new TaskShelf(),
    );

  it('warns of the sample’s model outside of the sample', async () => {
    const { warnings } = await plan(path.join(os.tmpdir(), 'own.prompts'));
    assert.match(warnings.join(), /icon-clip is for the sample only/);
    assert.deepEqual((await plan(path.join(sample, 'demo.prompts'))).warnings, []);
    assert.ok(!isBorrowedSample(path.join(sample, 'icon-clip'), sample));
  });

  it('takes the threads it is given, and its estimate is longer with fewer', async () => {
    const one = await plan(path.join(sample, 'demo.prompts'), 1);
    const four = await plan(path.join(sample, 'demo.prompts'), 4);
    assert.equal(one.threads, 1);
    assert.ok(one.estimateSeconds > four.estimateSeconds);
  });
});
