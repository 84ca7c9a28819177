import type { SnippetFacts } from '../../src/shared/snippets/snippet-facts';

/** A prompt of a CLIP on the hub, as code for other libraries is told of it. */
export const CLIP_FACTS: SnippetFacts = {
  file: 'pets.safetensors',
  model: 'openai/clip-vit-base-patch16',
  layout: 'hugging-face',
  preprocess: {
    size: 64,
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.3, 0.4],
    interpolation: 'bicubic',
    resize: { shortest: 64 },
    crop: 'floor',
  },
};
