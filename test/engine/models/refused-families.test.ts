import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { openModel } from '../../../src/engine/models/shelf/open-model';
import { writeSafetensors } from '../../../src/files/tensors/write-safetensors';
import { ModelCopy } from '../support/model-copy';

const TEXT = { context_length: 77, vocab_size: 49408, width: 512, heads: 8, layers: 12 };
const timm = (timm_model_name: string, timm_pool: string, text: object = {}) => ({
  embed_dim: 512,
  custom_text: true,
  vision_cfg: { image_size: 224, timm_model_name, timm_pool, timm_proj: null },
  text_cfg: { ...TEXT, ...text },
});

/** Published families that have no tower code: the relevant fields of their configurations (open_clip 3.3, transformers 5.24). */
const REFUSED: readonly (readonly [
  name: string,
  file: string,
  config: object,
  tensors: readonly string[],
  reason: RegExp,
])[] = [
  [
    'MobileCLIP-S1',
    'open_clip_config.json',
    { model_cfg: timm('fastvit_mci1', 'avg', { no_causal_mask: true }) },
    ['visual.trunk.stem.0.bn.weight'],
    /“?fastvit_mci1/,
  ],
  [
    'MobileCLIP-B',
    'open_clip_config.json',
    { model_cfg: timm('vit_base_mci_224', 'token') },
    ['visual.trunk.patch_embed.backbone.0.conv.weight'],
    /vit_base_mci_224/,
  ],
  [
    'ViTamin-L',
    'open_clip_config.json',
    { model_cfg: timm('vitamin_large_224', '') },
    ['visual.trunk.patch_embed.backbone.stem.conv1.weight'],
    /vitamin_large_224/,
  ],
  [
    'ConvNeXt',
    'open_clip_config.json',
    { model_cfg: timm('convnext_base', '') },
    ['visual.trunk.stem.0.weight'],
    /convnext_base/,
  ],
  [
    'XLM-RoBERTa CLIP',
    'open_clip_config.json',
    {
      model_cfg: {
        embed_dim: 512,
        vision_cfg: {
          image_size: 224,
          timm_model_name: 'vit_base_patch16_224',
          timm_pool: '',
          timm_proj: 'linear',
        },
        text_cfg: {
          hf_model_name: 'xlm-roberta-base',
          hf_proj_type: 'mlp',
          hf_pooler_type: 'cls_last_hidden_state_pooler',
          context_length: 256,
        },
      },
    },
    ['visual.trunk.patch_embed.proj.weight', 'text.transformer.embeddings.word_embeddings.weight'],
    /"xlm-roberta-base", which is not built in/,
  ],
  [
    'CoCa',
    'open_clip_config.json',
    {
      model_cfg: {
        embed_dim: 512,
        vision_cfg: { attentional_pool: true },
        text_cfg: { ...TEXT, embed_cls: true },
        multimodal_cfg: {},
      },
    },
    ['visual.conv1.weight', 'text.token_embedding.weight'],
    /attentional_pool/,
  ],
  [
    'CLIPA',
    'open_clip_config.json',
    {
      model_cfg: {
        embed_dim: 512,
        vision_cfg: { no_ln_pre: true, pool_type: 'avg' },
        text_cfg: { ...TEXT, no_causal_mask: true, pool_type: 'last' },
      },
    },
    ['visual.conv1.weight', 'text.token_embedding.weight'],
    /no_ln_pre/,
  ],
  [
    'NLLB-CLIP',
    'open_clip_config.json',
    {
      model_cfg: {
        embed_dim: 768,
        vision_cfg: { timm_model_name: 'vit_base_patch16_siglip_384', timm_pool: 'map', timm_proj: 'none' },
        text_cfg: { hf_model_name: 'facebook/nllb-200-distilled-600M' },
      },
    },
    ['visual.trunk.patch_embed.proj.weight'],
    /hf_model_name/,
  ],
  [
    'a timm tower without a configuration',
    'README.txt',
    {},
    ['visual.trunk.patch_embed.proj.weight', 'token_embedding.weight'],
    /open_clip_config\.json|no configuration says which/,
  ],
  [
    'SigLIP 2 NaFlex',
    'config.json',
    { model_type: 'siglip2' },
    [
      'text_model.embeddings.token_embedding.weight',
      'logit_bias',
      'vision_model.embeddings.patch_embedding.weight',
    ],
    /NaFlex/,
  ],
  [
    'SigLIP without its head',
    'config.json',
    { model_type: 'siglip', vision_config: { vision_use_head: false } },
    ['text_model.embeddings.token_embedding.weight', 'logit_bias'],
    /vision_use_head/,
  ],
  [
    'CLIPSeg',
    'config.json',
    { model_type: 'clipseg' },
    ['text_model.embeddings.token_embedding.weight'],
    /clipseg/,
  ],
  [
    'Chinese-CLIP',
    'config.json',
    { model_type: 'chinese_clip' },
    ['text_model.embeddings.word_embeddings.weight', 'vision_model.embeddings.class_embedding'],
    /not those of a family that is built in; config\.json says it is a "chinese_clip"/,
  ],
  [
    'Jina CLIP',
    'config.json',
    { model_type: 'jina_clip' },
    ['text_model.transformer.embeddings.word_embeddings.weight', 'vision_model.cls_token'],
    /not those of a family that is built in; config\.json says it is a "jina_clip"/,
  ],
  [
    'ALIGN',
    'config.json',
    { model_type: 'align' },
    ['text_model.embeddings.word_embeddings.weight', 'vision_model.embeddings.convolution.weight'],
    /not those of a family that is built in; config\.json says it is a "align"/,
  ],
];

describe('families without tower code', () => {
  let model: ModelCopy;
  beforeEach(() => {
    model = new ModelCopy();
  });
  afterEach(() => model.remove());

  for (const [name, file, config, tensors, reason] of REFUSED)
    it(`${name} is refused with the reason`, async () => {
      writeFileSync(model.path(file), JSON.stringify(config));
      const one = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
      writeFileSync(
        model.path(file.startsWith('open_clip') ? 'open_clip_model.safetensors' : 'model.safetensors'),
        writeSafetensors(new Map(tensors.map(tensor => [tensor, one]))),
      );
      await assert.rejects(openModel(model.folder), { code: 'model.unsupported', message: reason });
    });
});
