import { BERT_TABLES, readBert } from '../bert/bert-text';
import { checkPlain, OPEN_CLIP_CONFIG, type OpenClipModel } from '../clip/open-clip-config';
import { readOpenClipPreprocess } from '../clip/open-clip-preprocess';
import { openClipTables, readText, sideOf } from '../clip/open-clip-tensors';
import { TrieTower } from '../clip/trie-tower';
import { vitTower } from '../clip/vit-tower';
import { DenseTower } from '../parts/dense-tower';
import type { Layout } from '../parts/layout';
import { modelInvalid, modelUnsupported } from '../parts/model-error';
import { hasFile, type ModelFiles, pathOf } from '../parts/model-files';
import type { OpenedParts, TokenizerSource } from '../parts/opened-parts';
import { readConfig } from '../parts/read-config';
import type { StoredTensors } from '../parts/stored-tensors';
import type { TransformerShape } from '../parts/text-nodes';
import type { TextTower } from '../parts/text-tower';
import { siglipText } from '../siglip/siglip-text';
import { siglipVision } from '../siglip/siglip-vision';
import { libraryTokenizer } from '../tokenizer/any-tokenizer';
import { whitespaceClean } from '../tokenizer/canonical-text';
import { clipTokenizer } from '../tokenizer/load-tokenizer';
import { siglipTokenizer } from '../tokenizer/siglip-tokenizer';
import { readClassRowTrunk } from './class-row-trunk';
import { evaTower } from './eva-tower';
import { readEvaTrunk } from './eva-trunk';
import { readSiglipTrunk } from './siglip-trunk';
import { CLASS_ROW_VITS, EVA_TOWERS, SIGLIP_VITS } from './timm-vits';

const CONFIG_FILE = 'open_clip_config.json';

/** What is looked at here and not refused by `checkPlain`. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  'vision_cfg.timm_model_name',
  'text_cfg.hf_model_name',
  'text_cfg.no_causal_mask',
  'text_cfg.pool_type',
  'text_cfg.proj_bias',
  'text_cfg.act_kwargs',
  'model_cfg.init_logit_bias',
]);

/** open_clip's models whose image tower is one of timm's: SigLIP and SigLIP 2, EVA-02, Perception Encoder, BiomedCLIP. */
export const openClipTimm: Layout = {
  matches: weights => weights.names.some(name => name.startsWith('visual.trunk.')),
  read: async (files, weights) => {
    if (!hasFile(files, CONFIG_FILE))
      throw modelUnsupported(
        weights.shownFile,
        'its image tower is one of timm’s, and no configuration says which',
        'Put the model’s open_clip_config.json beside its weights.',
      );
    const configFile = pathOf(files, CONFIG_FILE);
    const { model_cfg: model, preprocess_cfg: preprocess } = await readConfig(configFile, OPEN_CLIP_CONFIG);
    checkPlain(configFile, model, UNDERSTOOD);
    const heads = bertHeads(configFile, model);
    const side = sideOf(configFile, model.vision_cfg);
    const vision = readVision(configFile, weights, model, side);
    const { text, tokenizer } = readTextTower(files, configFile, weights, model, heads);
    return {
      layout: weights.has('logit_bias') ? 'siglip' : text instanceof DenseTower ? 'bert' : 'open-clip',
      assumption: null,
      configFiles: [configFile],
      weights,
      embedWidth: model.embed_dim,
      contextLength: model.text_cfg.context_length,
      // Of a BERT its own configuration tells it, which lies elsewhere.
      vocabularySize: weights.shape(BERT_TABLES.tokens)?.[0] ?? model.text_cfg.vocab_size,
      text,
      vision,
      preprocess: readOpenClipPreprocess(configFile, preprocess, side),
      tables: {
        ...(weights.has(BERT_TABLES.tokens)
          ? {
              ...BERT_TABLES,
              positionRows: weights.shape(BERT_TABLES.positions)?.[0],
              logitScale: 'logit_scale',
            }
          : openClipTables(weights)),
        logitBias: weights.has('logit_bias') ? 'logit_bias' : null,
      },
      tokenizer,
    };
  },
};

function readVision(
  file: string,
  weights: StoredTensors,
  { vision_cfg: vision, embed_dim: embedWidth }: OpenClipModel,
  side: number,
): OpenedParts['vision'] {
  const { timm_model_name: name } = vision;
  const eva = typeof name === 'string' ? EVA_TOWERS.get(name) : undefined;
  if (eva !== undefined) {
    checkHead(file, vision, eva.poolHeads === null ? 'token' : 'map', null);
    const nodes = readEvaTrunk(weights, eva, side, embedWidth);
    return { pooled: image => evaTower(nodes, image), projection: null };
  }
  const plain = typeof name === 'string' ? CLASS_ROW_VITS.get(name) : undefined;
  if (plain !== undefined) {
    checkHead(file, vision, '', 'linear');
    const nodes = readClassRowTrunk(weights, plain, side, embedWidth);
    return { pooled: image => vitTower(nodes, image), projection: nodes.projection };
  }
  const siglip = typeof name === 'string' ? SIGLIP_VITS.get(name) : undefined;
  if (siglip === undefined)
    throw modelUnsupported(
      file,
      `the image tower is timm’s ${JSON.stringify(name ?? null)}, which is not built in (vision_cfg.timm_model_name)`,
    );
  checkHead(file, vision, 'map', 'none');
  const nodes = readSiglipTrunk(weights, siglip, side);
  if (nodes.width !== embedWidth)
    throw modelInvalid(file, `embed_dim is ${embedWidth}, but the image tower gives ${nodes.width} numbers`);
  return { pooled: image => siglipVision(nodes, image), projection: null };
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

function readTextTower(
  files: ModelFiles,
  file: string,
  weights: StoredTensors,
  model: OpenClipModel,
  heads: number | null,
): { readonly text: TextTower; readonly tokenizer: TokenizerSource } {
  const { text_cfg: text } = model;
  if (heads !== null)
    return {
      text: new DenseTower(readBert(weights, heads, model.embed_dim), {
        contextLength: text.context_length,
        padding: null,
      }),
      tokenizer: libraryTokenizer(files.folder, whitespaceClean),
    };
  const nodes = readText(file, weights, model, activationOf(file, model));
  const { no_causal_mask: free, pool_type: pool, hf_tokenizer_name: pieces } = text;
  if (free !== true && (pool == null || pool === 'argmax') && pieces == null)
    return { text: new TrieTower(nodes), tokenizer: clipTokenizer(files.folder, text.vocab_size) };
  if (free !== true || pool !== 'last')
    throw modelUnsupported(
      file,
      `the text tower ${free === true ? 'has no causal mask' : 'is causal'} and pools by ${JSON.stringify(pool ?? 'argmax')}, which together are not done here (text_cfg)`,
    );
  checkCleaning(file, text['tokenizer_kwargs']);
  const tokenizer = siglipTokenizer(files.folder, 'open_clip');
  const padding = async () => (await tokenizer.load()).padding;
  return { text: siglipText(nodes, { contextLength: text.context_length, padding }), tokenizer };
}

/** BERTs by their name on the hub, and their heads. */
const BERTS: ReadonlyMap<unknown, number> = new Map([
  ['microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract', 12],
  ['microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract', 12],
]);

/** Heads of the BERT that the text tower is; null where it is none. @throws CoopError `model.unsupported` for another model */
function bertHeads(file: string, { text_cfg: text }: OpenClipModel): number | null {
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

function activationOf(
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

function checkCleaning(file: string, options: unknown): void {
  const clean = (options as Readonly<Record<string, unknown>> | null | undefined)?.['clean'];
  if (clean !== 'canonicalize')
    throw modelUnsupported(
      file,
      `texts are cleaned by ${JSON.stringify(clean ?? 'whitespace')}, not “canonicalize” (text_cfg.tokenizer_kwargs)`,
    );
}
