import type { ModelLayout } from '../../../shared/snippets/snippet-facts';
import type { PreprocessSpec } from '../../images/preprocess';
import type { Tokenizer } from '../../prompt/tokenizer';
import type { VisionParts } from './image-tower';
import type { StoredTensors } from './stored-tensors';
import type { TextTower } from './text-tower';

/** What reading one layout gives, whichever layout it was. */
export interface OpenedParts {
  /** Files that sizes and preprocessing come from; one that does not exist stands for its defaults. */
  readonly configFiles: readonly string[];
  readonly layout: ModelLayout;
  /** What the files do not say and is taken for granted; null where they say all. */
  readonly assumption: string | null;
  /** What decides numbers and stands in none of the model's files, for its hash; null where nothing does, or what is usual. */
  readonly unwritten?: string | null;
  readonly weights: StoredTensors;
  readonly embedWidth: number;
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly text: TextTower;
  readonly vision: VisionParts;
  readonly preprocess: PreprocessSpec;
  /** Names of the tensors that are read as values. */
  readonly tables: {
    readonly tokens: string;
    readonly positions: string;
    /** Rows of the positional table, where it has more than the model reads. */
    readonly positionRows?: number | undefined;
    readonly logitScale: string;
    /** Of a model whose probabilities are sigmoids; null: they are a softmax over classes. */
    readonly logitBias: string | null;
  };
  readonly tokenizer: TokenizerSource;
}

export interface TokenizerSource {
  /** The files it is read from, behind no links. */
  readonly files: readonly string[];
  load(): Promise<Tokenizer>;
}

export const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
export const CLIP_STD = [0.26862954, 0.26130258, 0.27577711] as const;
