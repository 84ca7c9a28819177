import path from 'node:path';
import { repositoryId } from '../caches/hub-cache';
import type { ModelFiles } from '../parts/model-files';
import type { StoredTensors } from '../parts/stored-tensors';
import repositories from './open-clip-repositories.json';

/** What no tensor's shape tells of open_clip's and OpenAI's models. */
export interface KindOfWeights {
  readonly quickGelu: boolean;
  /** As open_clip's `preprocess_cfg`. */
  readonly preprocess: Readonly<Record<string, unknown>>;
  /** Whether open_clip can load the repository by its name. */
  readonly published: boolean;
  /** What is taken for granted; null where it is known. */
  readonly assumption: string | null;
}

type Known = Readonly<Record<string, Pick<KindOfWeights, 'quickGelu' | 'preprocess'>>>;

/** Numbers that OpenAI's archives hold beside the weights (openai/CLIP, clip/model.py, build_model). */
const OPENAI_MARKS = ['input_resolution', 'context_length', 'vocab_size'];

/** Weights of open_clip's releases, which it keeps in ~/.cache/clip beside OpenAI's (pretrained.py): GELU where no name says else. */
const RELEASED = /^(vit|rn)\w*(-quickgelu)?-(laion|yfcc|cc12m)\w*-[0-9a-f]{8}\.pth?$/;

/**
 * The kind of weights without a configuration: by the repository of open_clip's list that they are in the cache of, by the name
 * of its releases, or as OpenAI's own. Of others open_clip's usual activation is taken where the file has open_clip's name, and
 * OpenAI's elsewhere.
 */
export function kindOfWeights({ folder }: ModelFiles, weights: StoredTensors): KindOfWeights {
  const repository = repositoryId(folder);
  const known = repository === null ? undefined : (repositories as Known)[repository];
  if (known !== undefined) return { ...known, published: true, assumption: null };
  const rest = { preprocess: {}, published: false };
  if (weights.scripted || OPENAI_MARKS.some(name => weights.has(name)))
    return { ...rest, quickGelu: true, assumption: null };
  const named = /quickgelu/i.test(weights.shownFile);
  if (RELEASED.test(path.basename(weights.shownFile))) return { ...rest, quickGelu: named, assumption: null };
  const quickGelu = named || !/open_clip[^/\\]*$/.test(weights.shownFile);
  const activation = quickGelu ? 'QuickGELU, as OpenAI’s models have' : 'GELU, as open_clip’s models have';
  return {
    ...rest,
    quickGelu,
    assumption: `no open_clip_config.json stands beside the weights; the activation is taken to be ${activation}, and heads to be as wide as theirs`,
  };
}
