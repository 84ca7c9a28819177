import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { softmaxSimilarity } from '../../measure/zero-shot';
import { once } from '../../once';
import { PREPROCESSOR_FILES, readHuggingFacePreprocess } from '../clip/hugging-face-preprocess';
import type { ClipModel } from '../parts/clip-model';
import { hashOfFiles } from '../parts/hash-of-files';
import { modelUnsupported } from '../parts/model-error';
import type { TokenizerSource } from '../parts/opened-parts';
import { count, readConfig } from '../parts/read-config';
import { anyTokenizer } from '../tokenizer/any-tokenizer';
import { siglipTokenizer } from '../tokenizer/siglip-tokenizer';
import type { OnnxFiles } from './onnx-files';
import { OnnxImageTower } from './onnx-image-tower';
import { ONNX_REFUSAL, OnnxTextTower } from './onnx-text-tower';

const TOWER = v.nullish(
  v.looseObject({
    hidden_size: v.nullish(count),
    projection_size: v.nullish(count),
    projection_dim: v.nullish(count),
    max_position_embeddings: v.nullish(count),
    image_size: v.nullish(count),
  }),
);

const CONFIG = v.looseObject({
  model_type: v.string(),
  projection_dim: v.nullish(count),
  text_config: TOWER,
  vision_config: TOWER,
});

/** CLIP's own: OpenAI's models are clamped to it, and most others end near it. */
const USUAL_SCALE = 100;

/**
 * A model whose towers are ONNX files (transformers.js' text_model and vision_model): images and prompts of words are
 * encoded, prompts cannot be learned. The files hold no logit scale, which changes probabilities and no answer.
 * @throws CoopError `model.missing`, `model.invalid`, `model.unsupported`
 */
export async function openOnnxModel(
  { folder, text, vision, alone }: OnnxFiles,
  { id, root, instead }: { readonly id: string; readonly root: string; readonly instead: string | null },
): Promise<ClipModel> {
  const configFile = path.join(folder, 'config.json');
  const config = await readConfig(configFile, CONFIG);
  const siglip = config.model_type === 'siglip' || config.model_type === 'siglip2';
  const embedWidth = siglip
    ? (config.text_config?.projection_size ?? config.text_config?.hidden_size ?? 768)
    : (config.projection_dim ?? config.text_config?.projection_dim ?? config.vision_config?.projection_dim);
  if (embedWidth == null)
    throw modelUnsupported(configFile, 'it does not say how many numbers a feature has (projection_dim)');
  const contextLength =
    config.text_config?.max_position_embeddings ?? (siglip ? 64 : config.model_type === 'clip' ? 77 : null);
  if (contextLength === null)
    throw modelUnsupported(
      configFile,
      'it does not say how many tokens the text tower reads (text_config.max_position_embeddings)',
    );
  const preprocess = await readHuggingFacePreprocess(
    folder,
    config.vision_config?.image_size ?? null,
    siglip ? 'Siglip' : 'CLIP',
  );
  const tokenizer: TokenizerSource = siglip
    ? siglipTokenizer(folder, 'transformers')
    : anyTokenizer(folder, config.model_type);
  const load = once(() => tokenizer.load());
  const files = await Promise.all(
    [text, vision]
      .flatMap(file => [file, `${file}_data`])
      .filter(file => existsSync(file))
      .map(file => realpath(file)),
  );
  const configs = [configFile, ...PREPROCESSOR_FILES.map(name => path.join(folder, name))];
  return {
    id,
    folder: root,
    weightsFiles: files,
    assumption: `${instead ?? ''}its ONNX files hold no logit scale, and probabilities are taken as a softmax of ${USUAL_SCALE} times the cosine`,
    layout: 'onnx',
    hash: () => hashOfFiles({ config: configs, tokenizer: tokenizer.files, weights: files }),
    embedWidth,
    contextLength,
    similarity: softmaxSimilarity(embedWidth, USUAL_SCALE),
    text: new OnnxTextTower(text, {
      width: embedWidth,
      outputs: siglip ? ['pooler_output'] : ['text_embeds'],
      filledTo: siglip ? contextLength : null,
      padding: async () => (await load()).padding,
      alone,
    }),
    unsoundTensor: async () => null,
    textTables: async () => {
      throw modelUnsupported(text, ONNX_REFUSAL);
    },
    preprocess,
    images: new OnnxImageTower(
      vision,
      preprocess,
      embedWidth,
      siglip ? ['pooler_output'] : ['image_embeds'],
      alone,
    ),
    tokenizer: load,
  };
}
