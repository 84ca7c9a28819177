import * as v from 'valibot';
import { modelUnsupported } from '../parts/model-error';
import { count, epsilon } from '../parts/read-config';

const options = v.nullish(v.record(v.string(), v.unknown()));
const normOptions = v.nullish(v.object({ eps: v.nullish(epsilon) }));
const ratio = v.nullish(v.number(), 4);

const VISION = v.looseObject({
  layers: v.nullish(v.union([count, v.tuple([count, count, count, count])]), 12),
  width: v.nullish(count, 768),
  head_width: v.nullish(count, 64),
  mlp_ratio: ratio,
  patch_size: v.nullish(count, 16),
  image_size: v.nullish(v.union([count, v.tuple([count, count])]), 224),
  norm_kwargs: normOptions,
  act_kwargs: options,
});

const TEXT = v.looseObject({
  context_length: v.nullish(count, 77),
  vocab_size: v.nullish(count, 49408),
  width: v.nullish(count, 512),
  heads: v.nullish(count, 8),
  layers: v.nullish(count, 12),
  mlp_ratio: ratio,
  norm_kwargs: normOptions,
  act_kwargs: options,
});

/** open_clip_config.json. */
export const OPEN_CLIP_CONFIG = v.object({
  model_cfg: v.looseObject({
    embed_dim: count,
    quick_gelu: v.nullish(v.boolean(), false),
    vision_cfg: VISION,
    text_cfg: TEXT,
  }),
  preprocess_cfg: v.nullish(v.record(v.string(), v.unknown()), {}),
});

export type OpenClipModel = v.InferOutput<typeof OPEN_CLIP_CONFIG>['model_cfg'];
export type OpenClipVision = v.InferOutput<typeof VISION>;

/** Options that make another function of the model: [section, option, value of a plain CLIP, what it means]. */
const PLAIN: readonly (readonly [
  section: 'model_cfg' | 'vision_cfg' | 'text_cfg',
  option: string,
  plain: unknown,
  meaning: string,
])[] = [
  ['vision_cfg', 'timm_model_name', null, 'the image tower is one of timm’s'],
  ['vision_cfg', 'attentional_pool', false, 'the image tower pools by learned queries'],
  ['vision_cfg', 'no_ln_pre', false, 'the image tower has no first layer norm'],
  ['vision_cfg', 'pos_embed_type', 'learnable', 'the image tower has other positional embeddings'],
  ['vision_cfg', 'pool_type', 'tok', 'the image tower does not pool its class row'],
  ['vision_cfg', 'ls_init_value', null, 'the image tower scales its layers'],
  [
    'text_cfg',
    'no_causal_mask',
    false,
    'the text tower has no causal mask, so prompts cannot share their work',
  ],
  ['text_cfg', 'hf_model_name', null, 'the text tower is a transformers model'],
  ['text_cfg', 'embed_cls', false, 'the text tower appends a class row'],
  ['text_cfg', 'pool_type', 'argmax', 'the text tower does not pool the end-of-text row'],
  ['text_cfg', 'proj_type', 'linear', 'the text tower has another projection'],
  ['text_cfg', 'proj_bias', false, 'the text projection has a bias'],
  ['text_cfg', 'ls_init_value', null, 'the text tower scales its layers'],
  ['model_cfg', 'init_logit_bias', null, 'it was trained with a sigmoid loss (SigLIP)'],
  ['model_cfg', 'multimodal_cfg', null, 'it has a text decoder (CoCa)'],
];

/**
 * @param understood options, such as `text_cfg.pool_type`, that whoever asks looks at itself
 * @throws CoopError `model.unsupported` naming the option
 */
export function checkPlain(
  file: string,
  model: OpenClipModel,
  understood: ReadonlySet<string> = new Set(),
): void {
  const sections = { model_cfg: model, vision_cfg: model.vision_cfg, text_cfg: model.text_cfg };
  for (const [section, option, plain, meaning] of PLAIN) {
    if (understood.has(`${section}.${option}`)) continue;
    const value = (sections[section] as Readonly<Record<string, unknown>>)[option];
    if (value != null && value !== plain) throw modelUnsupported(file, `${meaning} (${section}.${option})`);
  }
  if (!understood.has('text_cfg.tokenizer_kwargs')) checkCleaning(file, model);
  for (const section of ['vision_cfg', 'text_cfg'] as const) {
    if (understood.has(`${section}.act_kwargs`)) continue;
    if (Object.keys(sections[section].act_kwargs ?? {}).length > 0)
      throw modelUnsupported(file, `the activation is another one (${section}.act_kwargs)`);
  }
}

/** Texts in lower case, as CLIP's are; a tokenizer of transformers does that itself (open_clip, get_tokenizer). */
function checkCleaning(file: string, { text_cfg: text }: OpenClipModel): void {
  const options = Object.entries((text['tokenizer_kwargs'] ?? {}) as Readonly<Record<string, unknown>>);
  const usual = text['hf_tokenizer_name'] == null ? 'lower' : 'whitespace';
  const other = options.find(([name, value]) => name !== 'clean' || value !== usual);
  if (other !== undefined)
    throw modelUnsupported(
      file,
      `texts are made into tokens another way: ${other[0]} is ${JSON.stringify(other[1])} (text_cfg.tokenizer_kwargs)`,
    );
}
