import { modelInvalid } from '../parts/model-error';
import type { StoredTensors } from '../parts/stored-tensors';

const HEAD_WIDTH = 64;
const RESNET_STRIDE = 32;

/** Whether weights are OpenAI's state dict: open_clip's names without a configuration beside them. */
export function isOpenAiStateDict(weights: StoredTensors): boolean {
  return (
    weights.has('text_projection') && weights.has('ln_final.weight') && weights.has('visual.conv1.weight')
  );
}

/**
 * The sizes of a model from the shapes of its tensors, as openai/CLIP does (clip/model.py, build_model): heads are 64
 * wide, the activation is QuickGELU.
 * @returns a `model_cfg` as open_clip_config.json would hold it
 * @throws CoopError `model.invalid` naming the tensor that has another rank or is missing
 */
export function openAiConfig(weights: StoredTensors, file: string) {
  const sizes = (name: string, rank: number): readonly number[] => {
    const shape = weights.shape(name);
    if (shape?.length === rank) return shape;
    throw modelInvalid(
      file,
      `the tensor ${name} is ${shape === undefined ? 'missing' : `of rank ${shape.length}`}`,
    );
  };
  const [textWidth] = sizes('ln_final.weight', 1) as [number];
  const [contextLength] = sizes('positional_embedding', 2) as [number, number];
  const [vocabulary] = sizes('token_embedding.weight', 2) as [number, number];
  const [, embedWidth] = sizes('text_projection', 2) as [number, number];
  const conv1 = sizes('visual.conv1.weight', 4);
  return {
    embed_dim: embedWidth,
    quick_gelu: true,
    vision_cfg: weights.has('visual.proj')
      ? {
          width: conv1[0]!,
          layers: weights.count(/^visual\.transformer\.resblocks\.\d+\.attn\.in_proj_weight$/),
          patch_size: conv1[3]!,
          image_size: conv1[3]! * gridOf(sizes('visual.positional_embedding', 2)[0]!),
          head_width: HEAD_WIDTH,
        }
      : {
          width: sizes('visual.layer1.0.conv1.weight', 4)[0]!,
          layers: [1, 2, 3, 4].map(stage =>
            weights.count(new RegExp(`^visual\\.layer${stage}\\.\\d+\\.conv1\\.weight$`)),
          ),
          image_size: RESNET_STRIDE * gridOf(sizes('visual.attnpool.positional_embedding', 2)[0]!),
          head_width: HEAD_WIDTH,
        },
    text_cfg: {
      context_length: contextLength,
      vocab_size: vocabulary,
      width: textWidth,
      heads: textWidth / HEAD_WIDTH,
      layers: weights.count(/^transformer\.resblocks\.\d+\.attn\.in_proj_weight$/),
    },
  };
}

/** Side of the grid whose rows, with one more for the class, have positions. */
const gridOf = (positions: number) => Math.round(Math.sqrt(positions - 1));
