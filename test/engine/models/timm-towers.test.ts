import assert from 'node:assert/strict';
import path from 'node:path';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { assertReference, MODELS, ModelCopy } from '../support/model-copy';

describe('image towers of timm', () => {
  for (const [name, family] of [
    ['openclip-eva02', 'EVA-02'],
    ['openclip-pe', 'Perception Encoder'],
  ] as const)
    it(`${family}: features are open_clip’s`, async () => {
      const folder = path.join(MODELS, name);
      await assertReference(await openModel(folder), folder, 1e-5);
    });

  it('are refused with another head than the one they are published with', async () => {
    const model = new ModelCopy();
    model.copy(path.join(MODELS, 'openclip-pe'));
    type Config = { model_cfg: { vision_cfg: object } };
    const vision = (change: object) =>
      model.edit('open_clip_config.json', json => {
        const { model_cfg: cfg } = json as unknown as Config;
        return { ...json, model_cfg: { ...cfg, vision_cfg: { ...cfg.vision_cfg, ...change } } };
      });
    vision({ timm_pool: 'token' });
    await assert.rejects(openModel(model.folder), { code: 'model.unsupported', message: /timm_pool "map"/ });
    vision({ timm_pool: 'map', timm_proj: 'linear' });
    await assert.rejects(openModel(model.folder), { code: 'model.unsupported', message: /timm_proj null/ });
    model.remove();
  });
});
