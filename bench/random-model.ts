import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSafetensors } from '../src/files/tensors/write-safetensors';
import { madeOnce } from './made-once';

/** Sizes of CLIP ViT-B/32 and B/16 but for the patch: about 150 million parameters, 600 MB. */
const SIZES = {
  embed: 512,
  text: { width: 512, heads: 8, layers: 12, vocabulary: 49_408, context: 77 },
  vision: { width: 768, heads: 12, layers: 12, image: 224 },
} as const;

/** Side of a patch of the image tower, in pixels. */
export type Patch = 32 | 16;

const VOCABULARY = path.resolve('media/vocabulary/bpe_simple_vocab_16e6.txt.gz');

/**
 * A folder with a CLIP of a ViT-B's sizes and random weights, in transformers' layout; made once, kept in the temporary
 * folder. Weights have the spread that CLIP's own initialisation gives them (openai/CLIP, clip/model.py), the logit
 * scale is a trained model's.
 */
export function randomModel(patch: Patch): Promise<string> {
  return madeOnce(`clip-b${patch}-random-1`, folder => writeRandomModel(patch, folder));
}

function writeRandomModel(patch: Patch, folder: string): void {
  const { embed, text, vision } = SIZES;
  const tensors = new Map<string, { data: Float32Array; shape: readonly number[] }>();
  const random = (name: string, shape: readonly number[], std: number) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    fillNormal(data, std);
    tensors.set(name, { data, shape });
  };
  const filled = (name: string, size: number, value: number) =>
    tensors.set(name, { data: new Float32Array(size).fill(value), shape: [size] });
  const norm = (name: string, width: number) => {
    filled(`${name}.weight`, width, 1);
    filled(`${name}.bias`, width, 0);
  };
  const linear = (name: string, out: number, inner: number, std: number) => {
    random(`${name}.weight`, [out, inner], std);
    random(`${name}.bias`, [out], 0.01);
  };
  const tower = (name: string, width: number, layers: number) => {
    const projected = width ** -0.5 * (2 * layers) ** -0.5;
    for (let layer = 0; layer < layers; layer++) {
      const at = `${name}.encoder.layers.${layer}`;
      norm(`${at}.layer_norm1`, width);
      norm(`${at}.layer_norm2`, width);
      for (const part of ['q', 'k', 'v']) linear(`${at}.self_attn.${part}_proj`, width, width, width ** -0.5);
      linear(`${at}.self_attn.out_proj`, width, width, projected);
      linear(`${at}.mlp.fc1`, 4 * width, width, (2 * width) ** -0.5);
      linear(`${at}.mlp.fc2`, width, 4 * width, projected);
    }
  };
  random('text_model.embeddings.token_embedding.weight', [text.vocabulary, text.width], 0.02);
  random('text_model.embeddings.position_embedding.weight', [text.context, text.width], 0.01);
  tower('text_model', text.width, text.layers);
  norm('text_model.final_layer_norm', text.width);
  random('text_projection.weight', [embed, text.width], text.width ** -0.5);
  const patches = (vision.image / patch) ** 2;
  random('vision_model.embeddings.class_embedding', [vision.width], vision.width ** -0.5);
  random('vision_model.embeddings.patch_embedding.weight', [vision.width, 3, patch, patch], 0.02);
  random(
    'vision_model.embeddings.position_embedding.weight',
    [patches + 1, vision.width],
    vision.width ** -0.5,
  );
  norm('vision_model.pre_layrnorm', vision.width);
  tower('vision_model', vision.width, vision.layers);
  norm('vision_model.post_layernorm', vision.width);
  random('visual_projection.weight', [embed, vision.width], vision.width ** -0.5);
  tensors.set('logit_scale', { data: Float32Array.of(Math.log(100)), shape: [] });
  writeFileSync(path.join(folder, 'model.safetensors'), writeSafetensors(tensors));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config(patch)));
  copyFileSync(VOCABULARY, path.join(folder, path.basename(VOCABULARY)));
}

function config(patch: Patch) {
  const { embed, text, vision } = SIZES;
  const common = { hidden_act: 'quick_gelu', layer_norm_eps: 1e-5, projection_dim: embed };
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: embed,
    text_config: {
      ...common,
      model_type: 'clip_text_model',
      hidden_size: text.width,
      intermediate_size: 4 * text.width,
      num_attention_heads: text.heads,
      num_hidden_layers: text.layers,
      vocab_size: text.vocabulary,
      max_position_embeddings: text.context,
      bos_token_id: 49_406,
      eos_token_id: 49_407,
    },
    vision_config: {
      ...common,
      model_type: 'clip_vision_model',
      hidden_size: vision.width,
      intermediate_size: 4 * vision.width,
      num_attention_heads: vision.heads,
      num_hidden_layers: vision.layers,
      image_size: vision.image,
      patch_size: patch,
    },
  };
}

let state = 0x9e3779b9;
function uniform(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return ((state >>> 0) + 0.5) / 2 ** 32;
}

function fillNormal(values: Float32Array, std: number): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}
