import type { ModelLayout } from '../../../shared/snippets/snippet-facts';
import type { Node } from '../../graph/node';
import type { PreprocessSpec } from '../../images/preprocess';
import type { Tokenizer } from '../../prompt/tokenizer';
import type { TextNodes } from './text-nodes';

/** A CLIP model opened from its own files: weights stay in their files until a session reads them. */
export interface ClipModel {
  /** What the user called it: `icon-clip`, or the folder. */
  readonly id: string;
  /** The folder, or the weights file, that it was opened from. */
  readonly folder: string;
  /** Weights behind all symbolic links. */
  readonly weightsFiles: readonly string[];
  /** What its files do not say and is taken for granted; null where they say all. */
  readonly assumption: string | null;
  /** Whose names its tensors have, and so which libraries can load it. */
  readonly layout: ModelLayout;
  /** sha256 (hex) over the bytes of every file read: configuration, preprocessing, tokenizer and weights; computed at first call, remembered by size and mtime. */
  hash(): Promise<string>;
  /** E: width of the shared embedding space. */
  readonly embedWidth: number;
  /** T: positions of the text tower, SOT and EOT included (77). */
  readonly contextLength: number;
  /** exp of the stored logit scale. */
  readonly logitScale: number;
  readonly text: TextNodes;
  /** The first tensor that spoils every feature: a number that is not finite, or nothing but zeros; null when all are sound. */
  unsoundTensor(): Promise<UnsoundTensor | null>;
  /** Token embedding table [vocabulary, d] and positional table [T, d], float32, read at first use. */
  textTables(): Promise<TextTables>;
  readonly preprocess: PreprocessSpec;
  /** Builds the image tower: pixels uint8 [B, size, size, 3] (resized and cropped) → features [B, E], not normalised. */
  imageFeatures(pixels: Node): Node;
  /** The image tower's last step; null where that is no linear map. */
  readonly imageProjection: ImageProjection | null;
  tokenizer(): Promise<Tokenizer>;
}

/** How what an image tower pooled becomes a feature: features = pooled Wᵀ + b. */
export interface ImageProjection {
  /** w */
  readonly width: number;
  /** What the projection reads, built like `imageFeatures`, of which it is a part: [B, w]. */
  pooled(pixels: Node): Node;
  /** W [E, w] and b [E], zeros where there is none; read at each call. */
  weights(): Promise<{ readonly weight: Float32Array; readonly bias: Float32Array }>;
}

export interface UnsoundTensor {
  readonly file: string;
  readonly name: string;
  /** The rest of a sentence that begins with the tensor's name. */
  readonly problem: string;
}

export interface TextTables {
  readonly width: number;
  readonly tokens: Float32Array;
  readonly positions: Float32Array;
}
