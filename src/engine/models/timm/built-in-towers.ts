import { checkPlain, type OpenClipModel } from '../clip/open-clip-config';
import { modelUnsupported } from '../parts/model-error';
import type { TransformerShape } from '../parts/text-nodes';
import { CLASS_ROW_VITS, EVA_TOWERS, SIGLIP_VITS, type TimmEva, type TimmVit } from './timm-vits';

/** What is looked at here and not refused by `checkPlain`. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  'vision_cfg.timm_model_name',
  'text_cfg.hf_model_name',
  'text_cfg.no_causal_mask',
  'text_cfg.pool_type',
  'text_cfg.proj_bias',
  'text_cfg.act_kwargs',
  'text_cfg.tokenizer_kwargs',
  'model_cfg.init_logit_bias',
]);

/** An image tower of timm's that is built in. */
export type KnownTower =
  | { readonly kind: 'eva'; readonly eva: TimmEva }
  | { readonly kind: 'class row' | 'siglip'; readonly vit: TimmVit };

/**
 * What a configuration alone tells of a model that this engine cannot open.
 * @throws CoopError `model.unsupported` naming the option
 */
export function checkTimm(file: string, model: OpenClipModel): void {
  checkPlain(file, model, UNDERSTOOD);
  bertHeads(file, model);
  knownTower(file, model.vision_cfg);
}

/** @throws CoopError `model.unsupported` for another tower, and for another head than the one it is published with */
export function knownTower(file: string, vision: OpenClipModel['vision_cfg']): KnownTower {
  const { timm_model_name: name } = vision;
  const eva = typeof name === 'string' ? EVA_TOWERS.get(name) : undefined;
  if (eva !== undefined) {
    checkHead(file, vision, eva.poolHeads === null ? 'token' : 'map', null);
    return { kind: 'eva', eva };
  }
  const plain = typeof name === 'string' ? CLASS_ROW_VITS.get(name) : undefined;
  if (plain !== undefined) {
    checkHead(file, vision, '', 'linear');
    return { kind: 'class row', vit: plain };
  }
  const siglip = typeof name === 'string' ? SIGLIP_VITS.get(name) : undefined;
  if (siglip === undefined)
    throw modelUnsupported(
      file,
      `the image tower is timm’s ${JSON.stringify(name ?? null)}, which is not built in (vision_cfg.timm_model_name)`,
    );
  checkHead(file, vision, 'map', 'none');
  return { kind: 'siglip', vit: siglip };
}

function checkHead(
  file: string,
  { timm_model_name: name, timm_pool: pool, timm_proj: proj }: OpenClipModel['vision_cfg'],
  wantedPool: string,
  wantedProj: string | null,
): void {
  if (pool === wantedPool && (proj ?? null) === wantedProj) return;
  throw modelUnsupported(
    file,
    `timm’s ${JSON.stringify(name)} is read with timm_pool ${JSON.stringify(wantedPool)} and timm_proj ${JSON.stringify(wantedProj)}, not ${JSON.stringify(pool ?? null)} and ${JSON.stringify(proj ?? null)}`,
  );
}

/** BERTs by their name on the hub, and their heads. */
const BERTS: ReadonlyMap<unknown, number> = new Map([
  ['microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract', 12],
  ['microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract', 12],
]);

/** Heads of the BERT that the text tower is; null where it is none. @throws CoopError `model.unsupported` for another model */
export function bertHeads(file: string, { text_cfg: text }: OpenClipModel): number | null {
  const { hf_model_name: name, hf_pooler_type: pooler, hf_proj_type: proj, proj: olderProj } = text;
  if (name == null) return null;
  const heads = BERTS.get(name);
  if (heads === undefined)
    throw modelUnsupported(
      file,
      `the text tower is the transformers model ${JSON.stringify(name)}, which is not built in (text_cfg.hf_model_name)`,
    );
  if (pooler !== 'cls_last_hidden_state_pooler' || (proj ?? olderProj) !== 'mlp')
    throw modelUnsupported(
      file,
      `the text tower pools by ${JSON.stringify(pooler ?? null)} and projects by ${JSON.stringify(proj ?? olderProj ?? null)}, which is not done here (text_cfg)`,
    );
  return heads;
}

export function activationOf(
  file: string,
  { text_cfg: text, quick_gelu: quick }: OpenClipModel,
): TransformerShape['activation'] {
  const options = text.act_kwargs ?? {};
  const { approximate, ...others } = options;
  if (
    Object.keys(others).length > 0 ||
    (approximate !== undefined && approximate !== 'tanh' && approximate !== 'none')
  )
    throw modelUnsupported(file, 'the activation is another one (text_cfg.act_kwargs)');
  return quick ? 'quick_gelu' : approximate === 'tanh' ? 'gelu_tanh' : 'gelu';
}
