import { CoopError } from '../errors';

/** Whose names a model's tensors have. */
export type ModelLayout = 'hugging-face' | 'open-clip' | 'open-ai' | 'siglip' | 'bert' | 'onnx';

export const LIBRARIES = ['open_clip', 'transformers', 'transformers.js', 'onnxruntime'] as const;
export type Library = (typeof LIBRARIES)[number];

export interface SnippetFacts {
  /** Path of the exported prompt, as the code opens it. */
  readonly file: string;
  /** The model's id on the hub, or its folder. */
  readonly model: string;
  readonly layout: ModelLayout;
  /** As the model's own files ask for it; mean and std per channel, on the 0..1 scale. */
  readonly preprocess: {
    readonly size: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly interpolation: 'bicubic' | 'bilinear';
    readonly resize: { readonly shortest: number } | { readonly width: number; readonly height: number };
    /** How the offset of the centre that is cut out is rounded. */
    readonly crop: 'floor' | 'half-even';
  };
}

/** `openai/clip-vit-base-patch16`, as opposed to a folder. */
export const isHubId = (model: string): boolean => /^[\w.-]+\/[\w.-]+$/.test(model) && !model.startsWith('.');

export function cannotLoad(library: Library, { model, layout }: SnippetFacts): CoopError {
  if (layout === 'siglip' || layout === 'bert' || layout === 'onnx') {
    const what = {
      siglip: 'is a SigLIP',
      bert: 'has a BERT as its text tower',
      onnx: 'is read from ONNX files',
    }[layout];
    return new CoopError('model.unsupported', `There is no code for “${model}”, which ${what}.`, {
      subject: model,
      next:
        layout === 'onnx'
          ? 'Export the prompt without code: its .json holds text_embeds, logit_scale and logit_bias.'
          : 'Choose onnxruntime, whose file is the whole classifier.',
    });
  }
  const whose = { 'hugging-face': 'transformers’', 'open-clip': 'open_clip’s', 'open-ai': 'OpenAI’s' }[
    layout
  ];
  return new CoopError(
    'model.unsupported',
    `${library} cannot load “${model}”, which is in ${whose} layout.`,
    {
      subject: model,
      next:
        layout === 'hugging-face'
          ? 'Choose transformers or transformers.js.'
          : layout === 'open-clip'
            ? 'Choose open_clip.'
            : 'Learn on the same model in open_clip’s or transformers’ layout.',
    },
  );
}
