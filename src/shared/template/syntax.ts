/** Half-open span of UTF-16 offsets in the document's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One piece of a template. `text` has its escapes resolved. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string; readonly span: Span }
  /** `{}` and its aliases `{c}`, `{label}`, `{class}`. */
  | { readonly kind: 'class'; readonly span: Span }
  /** `{group}`: a column of the classes file. */
  | { readonly kind: 'column'; readonly name: string; readonly span: Span }
  /** `[V:16]`, `[V:16 per-class]`, `[V = "a photo of a"]`: vectors to learn; `length` is null when `init` decides it. */
  | {
      readonly kind: 'learnable';
      readonly length: number | null;
      readonly perClass: boolean;
      readonly init: string | null;
      readonly span: Span;
    }
  /** `[words:4]`: real words to learn. */
  | { readonly kind: 'words'; readonly length: number; readonly span: Span }
  /** `<pets-16shot>`, or `<pets-16shot.2>` for the second slot of that context (`slot` is 1-based, 1 when not written). */
  | { readonly kind: 'learned'; readonly name: string; readonly slot: number; readonly span: Span };

export interface Template {
  readonly segments: readonly Segment[];
  /** The line, trimmed, as it stands in the document: the key that scores, hints and runs refer to. */
  readonly line: string;
  readonly span: Span;
}

export interface Ensemble {
  readonly name: string;
  readonly templates: readonly Template[];
  readonly span: Span;
}

export type SplitDirective =
  | { readonly kind: 'shots'; readonly shots: number; readonly seed: number }
  | { readonly kind: 'folders' }
  /** `partial`: goes on where classes or images of the file are missing. */
  | { readonly kind: 'coop'; readonly file: string; readonly partial: boolean }
  | {
      readonly kind: 'fractions';
      readonly pool: number;
      readonly dev: number;
      readonly test: number;
      readonly seed: number;
    };

/** Prompts of each class from a JSON file, averaged: `@descriptors`, or with random words in their place `@waffle`. */
export interface DescriptorSource {
  readonly kind: 'descriptors' | 'waffle';
  /** As written, relative to the document. */
  readonly file: string;
  /** What a descriptor is put into; null where the file holds whole prompts. */
  readonly template: Template | null;
  /** Of random words; 1 where it is not written. */
  readonly seed: number;
}

/** File-wide settings; null or the default where the directive is absent. Paths as written, relative to the document. */
export interface Directives {
  readonly images: string | null;
  readonly model: string | null;
  /** `auto` (folder names) or the path of a CSV file. */
  readonly classes: string;
  /** `@classes … subset base`, `new` or the path of a list: which of the classes there are. */
  readonly subset: string | null;
  /** `@targets`: folders whose images scores and reports are also made of. */
  readonly targets: readonly string[];
  readonly split: SplitDirective;
  /**
   * `@split … group near-duplicates`: pictures that repeat a dev or test image are not learned from; `keep` that they are.
   * Null where nothing is said: grouped where the split is our own, kept where it is given.
   */
  readonly nearDuplicates: 'group' | 'keep' | null;
  /** `@preprocess exif`. */
  readonly exif: boolean;
  /** `@use SET`: names of published template sets. */
  readonly uses: readonly { readonly set: string; readonly span: Span }[];
  /** `@descriptors …` and `@waffle …`: prompts of each class from a file. `line` is how scores ask for it. */
  readonly descriptors: readonly {
    readonly line: string;
    readonly source: DescriptorSource;
    readonly span: Span;
  }[];
  /** Where each directive stands, by name (`images`, `model`, …), for messages about its value. */
  readonly spans: Readonly<Record<string, Span>>;
}

/** `replace` is put in place of `span`. */
export interface TextChange {
  readonly span: Span;
  readonly replace: string;
}

export interface Problem {
  readonly severity: 'error' | 'warning';
  /** Names the thing and the cause. */
  readonly message: string;
  readonly next: string;
  readonly span: Span;
  /** An edit that mends it: `replace` is put in place of `span`; `also` is changed with it. */
  readonly fix?: TextChange & { readonly title: string; readonly also?: readonly TextChange[] };
}

/** `# expect: acc >= 0.60` above a line: the accuracy that its scores on dev images must reach. */
export interface Expectation {
  /** The line as scores ask for it: a template, `@ensemble NAME` or `@use SET`. */
  readonly line: string;
  readonly operator: '>=' | '>';
  /** Accuracy, 0…1. */
  readonly accuracy: number;
  /** The comment's place. */
  readonly span: Span;
}

/** A parsed `.prompts` document. Lines with errors appear in `problems` only, everything else still works. */
export interface PromptsDocument {
  readonly directives: Directives;
  /** All valid template lines outside ensembles, in order. */
  readonly templates: readonly Template[];
  readonly ensembles: readonly Ensemble[];
  /** What `# expect:` comments ask of the lines below them. */
  readonly expectations: readonly Expectation[];
  /** The line marked `@baseline`, else the first plain template; null when there is neither. */
  readonly baseline: Template | null;
  readonly problems: readonly Problem[];
}

/** True for a template of text, class names, columns and learned contexts only: it can be scored as it stands. */
export function isPlain(template: Template): boolean {
  return template.segments.every(({ kind }) => kind !== 'learnable' && kind !== 'words');
}
