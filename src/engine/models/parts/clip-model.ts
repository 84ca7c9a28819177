import type { ModelLayout } from '../../../shared/snippets/snippet-facts';
import type { PreprocessSpec } from '../../images/preprocess';
import type { Similarity } from '../../measure/zero-shot';
import type { Tokenizer } from '../../prompt/tokenizer';
import type { ImageTower } from './image-tower';
import type { TextTower } from './text-tower';

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
  readonly similarity: Similarity;
  readonly text: TextTower;
  /** The first tensor that spoils every feature: a number that is not finite, or nothing but zeros; null when all are sound. */
  unsoundTensor(): Promise<UnsoundTensor | null>;
  /**
   * Token embedding table [vocabulary, d] and positional table [T, d], float32, read at first use.
   * @throws CoopError `model.unsupported` where the text tower has no such tables (`TextTower.refusal`)
   */
  textTables(): Promise<TextTables>;
  readonly preprocess: PreprocessSpec;
  readonly images: ImageTower;
  tokenizer(): Promise<Tokenizer>;
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
