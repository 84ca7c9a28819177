import type { Delta, Proportion } from './report';
import type { Selection } from './selection';

/** Where a candidate comes from: a published set, a single edit of the line, or a language model's answer. */
export type SuggestionSource = 'published' | 'insert' | 'replace' | 'drop' | 'asked';

/** A line that may take another's place, on dev images. */
export interface Suggestion {
  readonly line: string;
  readonly source: SuggestionSource;
  /** 0…1 */
  readonly accuracy: number;
  /** Against the line that it would replace, −1…1. */
  readonly difference: number;
  /** McNemar's exact test of it. */
  readonly p: number;
}

/** Templates that are best as an average, chosen one after the other. */
export interface SuggestedEnsemble {
  readonly lines: readonly string[];
  readonly accuracy: number;
  readonly difference: number;
  readonly p: number;
  /** Dev images it was chosen on: not all where these, the classes and the templates are too many to hold. */
  readonly images: number;
}

export interface SuggestResult {
  /** The line that others would replace. */
  readonly base: { readonly line: string; readonly accuracy: Proportion };
  /** The best first; p-values corrected for all `compared` (Holm). */
  readonly suggestions: readonly (Suggestion & { readonly adjustedP: number })[];
  /** Null where no average is better than the best published template alone. */
  readonly ensemble: SuggestedEnsemble | null;
  /** Lines and ensembles that dev images chose among. */
  readonly compared: number;
  /** Of dev. */
  readonly images: number;
  readonly seconds: number;
  readonly warnings: readonly string[];
}

/** The chosen one on test images, which chose nothing. */
export interface JudgedSuggestion {
  readonly accuracy: Proportion;
  readonly delta: Delta;
  readonly selection: Selection;
}

export interface SuggestRequest {
  /** Default: the document's baseline. */
  readonly line?: string;
  /** Common words that edits try besides those of the published templates. */
  readonly words?: number;
  /** These are tried, in place of published ones and edits: what a language model proposed. */
  readonly lines?: readonly string[];
}
