import { modelInvalid, modelUnsupported } from '../parts/model-error';
import type { StoredTensors } from '../parts/stored-tensors';

const HEAD_WIDTH = 64;
/** Image towers with wider heads: ViT-H, ViT-g, ViT-bigG and ViT-e (open_clip, model_configs). */
const WIDER_HEADS: ReadonlyMap<number, number> = new Map([
  [1280, 80],
  [1408, 88],
  [1664, 104],
  [1792, 112],
]);
const RESNET_STRIDE = 32;

/**
 * The sizes of a model from the shapes of its tensors, as openai/CLIP does (clip/model.py, build_model): heads are 64
 * wide but in the largest image towers.
 * @returns a `model_cfg` as open_clip_config.json would hold it
 * @throws CoopError `model.invalid` naming the tensor that has another rank or is missing
 */
export function sizesOfTensors(weights: StoredTensors, { quickGelu }: { readonly quickGelu: boolean }) {
  const prefix = weights.has('text.token_embedding.weight') ? 'text.' : '';
  const sizes = (name: string, rank: number): readonly number[] => {
    const shape = weights.shape(name);
    if (shape?.length === rank) return shape;
    throw modelInvalid(
      weights.shownFile,
      `the tensor ${name} is ${shape === undefined ? 'missing' : `of rank ${shape.length}`}`,
    );
  };
  /** Trunc of width times ratio is the inner width again, whatever rounding does to the quotient. */
  const ratio = (blocks: string, width: number) =>
    (sizes(`${blocks}.0.mlp.c_fc.weight`, 2)[0]! + 0.5) / width;
  const layers = (blocks: string) => weights.count(`${blocks}.`, '.attn.in_proj_weight');
  const [textWidth] = sizes(`${prefix}ln_final.weight`, 1) as [number];
  const [contextLength] = sizes(`${prefix}positional_embedding`, 2) as [number, number];
  const [vocabulary] = sizes(`${prefix}token_embedding.weight`, 2) as [number, number];
  const [, embedWidth] = sizes(`${prefix}text_projection`, 2) as [number, number];
  const conv1 = sizes('visual.conv1.weight', 4);
  const odd = [textWidth, ...(weights.has('visual.proj') ? [conv1[0]!] : [])].find(
    width => width % (WIDER_HEADS.get(width) ?? HEAD_WIDTH) !== 0,
  );
  if (odd !== undefined)
    throw modelUnsupported(
      weights.shownFile,
      `its width ${odd} does not divide into heads of ${HEAD_WIDTH}, and no configuration says how many it has`,
      'Put the model’s open_clip_config.json beside its weights.',
    );
  const [visualBlocks, textBlocks] = ['visual.transformer.resblocks', `${prefix}transformer.resblocks`];
  return {
    embed_dim: embedWidth,
    quick_gelu: quickGelu,
    vision_cfg: weights.has('visual.proj')
      ? {
          width: conv1[0]!,
          layers: layers(visualBlocks),
          patch_size: conv1[3]!,
          image_size: conv1[3]! * gridOf(sizes('visual.positional_embedding', 2)[0]!),
          head_width: WIDER_HEADS.get(conv1[0]!) ?? HEAD_WIDTH,
          mlp_ratio: ratio(visualBlocks, conv1[0]!),
        }
      : {
          width: sizes('visual.layer1.0.conv1.weight', 4)[0]!,
          layers: [1, 2, 3, 4].map(stage => weights.count(`visual.layer${stage}.`, '.conv1.weight')),
          image_size: RESNET_STRIDE * gridOf(sizes('visual.attnpool.positional_embedding', 2)[0]!),
          head_width: HEAD_WIDTH,
        },
    text_cfg: {
      context_length: contextLength,
      vocab_size: vocabulary,
      width: textWidth,
      heads: textWidth / HEAD_WIDTH,
      layers: layers(textBlocks),
      mlp_ratio: ratio(textBlocks, textWidth),
    },
  };
}

/** Side of the grid whose rows, with one more for the class, have positions. */
const gridOf = (positions: number) => Math.round(Math.sqrt(positions - 1));
