import { BERT_TABLES, readBert } from '../bert/bert-text';
import { OPEN_CLIP_CONFIG, type OpenClipModel } from '../clip/open-clip-config';
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
import type { TextTower } from '../parts/text-tower';
import { siglipText } from '../siglip/siglip-text';
import { siglipVision } from '../siglip/siglip-vision';
import { libraryTokenizer } from '../tokenizer/any-tokenizer';
import { whitespaceClean } from '../tokenizer/canonical-text';
import { clipTokenizer } from '../tokenizer/load-tokenizer';
import { siglipTokenizer } from '../tokenizer/siglip-tokenizer';
import { activationOf, bertHeads, checkTimm, knownTower } from './built-in-towers';
import { readClassRowTrunk } from './class-row-trunk';
import { evaTower } from './eva-tower';
import { readEvaTrunk } from './eva-trunk';
import { readSiglipTrunk } from './siglip-trunk';

const CONFIG_FILE = 'open_clip_config.json';

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
    checkTimm(configFile, model);
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
  const tower = knownTower(file, vision);
  switch (tower.kind) {
    case 'eva': {
      const nodes = readEvaTrunk(weights, tower.eva, side, embedWidth);
      return { pooled: planes => evaTower(nodes, planes), projection: null };
    }
    case 'class row': {
      const nodes = readClassRowTrunk(weights, tower.vit, side, embedWidth);
      return { pooled: planes => vitTower(nodes, planes), projection: nodes.projection };
    }
    case 'siglip': {
      const nodes = readSiglipTrunk(weights, tower.vit, side);
      if (nodes.width !== embedWidth)
        throw modelInvalid(
          file,
          `embed_dim is ${embedWidth}, but the image tower gives ${nodes.width} numbers`,
        );
      return { pooled: planes => siglipVision(nodes, planes), projection: null };
    }
  }
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

function checkCleaning(file: string, options: unknown): void {
  const clean = (options as Readonly<Record<string, unknown>> | null | undefined)?.['clean'];
  if (clean !== 'canonicalize')
    throw modelUnsupported(
      file,
      `texts are cleaned by ${JSON.stringify(clean ?? 'whitespace')}, not “canonicalize” (text_cfg.tokenizer_kwargs)`,
    );
}
