import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { interpret, tensor } from '../../../src/engine/graph/interpret';
import { loadWeights } from '../../../src/engine/graph/load-weights';
import { learnGraph } from '../../../src/engine/methods/coop/learn-graph';
import { buildProblem } from '../../../src/engine/methods/coop/learn-problem';
import { createImageEncoder } from '../../../src/engine/models/encoders/image-encoder';
import { createTextEncoder } from '../../../src/engine/models/encoders/text-encoder';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { templateRows } from '../../../src/engine/prompt/template-rows';
import { promptTokens } from '../../../src/engine/prompt/tokenizer';
import { parseTemplate } from '../../../src/shared/template/parse-template';
import { MODELS, ModelCopy } from '../support/model-copy';
import { recorded, worst } from '../support/siglip-golden';

const FOLDER = path.join(MODELS, 'openclip-biomed');

interface Expected {
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly names: readonly string[];
}

describe('BiomedCLIP', () => {
  const expected = JSON.parse(readFileSync(path.join(FOLDER, 'expected.json'), 'utf8')) as Expected;

  it('texts are cleaned and cut as open_clip does', async () => {
    const tokenizer = await (await openModel(FOLDER)).tokenizer();
    for (const [at, text] of expected.texts.entries())
      assert.deepEqual(promptTokens(tokenizer, tokenizer.encode(text)), expected.ids[at], text);
  });

  it('features are open_clip’s', async () => {
    const model = await openModel(FOLDER);
    const reference = await recorded(path.join(FOLDER, 'expected.safetensors'));
    const [texts, images] = await Promise.all([createTextEncoder(model), createImageEncoder(model)]);
    const fitting = expected.ids.filter(({ length }) => length <= model.contextLength);
    const text = await texts.encode(fitting.map(ids => ids.map(id => ({ kind: 'token' as const, id }))));
    const image = await images.encode(Uint8Array.from(await reference('pixels_u8')), 6);
    await Promise.all([texts.release(), images.release()]);
    assert.ok(worst(text, await reference('text_embeds_raw')) < 1e-5);
    assert.ok(worst(image, await reference('image_embeds_raw')) < 1e-5);
  });

  it('a step of learning has PyTorch’s loss and gradient in float64', async () => {
    const model = await openModel(FOLDER);
    const reference = await recorded(path.join(FOLDER, 'expected.safetensors'));
    const template = templateRows(
      parseTemplate('[V:3] {}.').template!,
      { names: expected.names, columns: new Map() },
      await model.tokenizer(),
      { contextLength: model.contextLength },
    );
    const problem = await buildProblem({ model, template, classes: 3, batch: 4, precision: 'float64' });
    const { loss, gradient } = learnGraph(problem);
    const feeds = {
      context: tensor(await reference('learn.context'), [3, model.text.width]),
      images: tensor(await reference('learn.images'), [4, model.embedWidth]),
      labels: tensor(await reference('learn.labels'), [4]),
    };
    const [found, slope] = interpret([loss, gradient], feeds, await loadWeights([loss, gradient]));
    assert.ok(worst(found!.data, await reference('learn.loss')) < 1e-9);
    assert.ok(worst(slope!.data, await reference('learn.gradient')) < 1e-9);
  });

  it('another text tower of transformers, or another head, is refused by name', async () => {
    const model = new ModelCopy();
    model.copy(FOLDER);
    const text = (change: object) =>
      model.edit('open_clip_config.json', json => {
        const { model_cfg: cfg } = json as unknown as { model_cfg: { text_cfg: object } };
        return { ...json, model_cfg: { ...cfg, text_cfg: { ...cfg.text_cfg, ...change } } };
      });
    text({ hf_pooler_type: 'mean_pooler' });
    await assert.rejects(openModel(model.folder), { code: 'model.unsupported', message: /mean_pooler/ });
    text({ hf_model_name: 'xlm-roberta-base' });
    await assert.rejects(openModel(model.folder), { code: 'model.unsupported', message: /xlm-roberta-base/ });
    model.remove();
  });
});
