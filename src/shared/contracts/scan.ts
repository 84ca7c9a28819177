/** What `CoOp: Scan Image Folder` finds. Paths are relative to `folder`, with forward slashes. */
export interface ScanResult {
  readonly folder: string;
  /** Sorted by folder name; the index is the label. */
  readonly classes: readonly ScannedClass[];
  /** Files that are no usable image, with the reason. */
  readonly problems: readonly FileProblem[];
  /** Groups of images with the same bytes. `acrossClasses` groups contradict their labels. */
  readonly duplicates: readonly DuplicateGroup[];
  /** Photos whose EXIF orientation is not 1; CLIP's reference pipeline ignores it, so they are seen rotated. */
  readonly rotated: readonly string[];
  /** Class names that carry no meaning for CLIP, or not theirs (`n01440764`, `0`, `001.Laysan_Albatross`, `SeaLake`). */
  readonly vagueNames: readonly VagueName[];
  /** Classes that no prompt can tell apart. */
  readonly sameNames: readonly SameName[];
  readonly imageCount: number;
  /**
   * `split-folders`: train/val/test sub-folders were found and are respected. `manifest`: a list of files, CSV or JSONL.
   * `published`: a split file of CoOp's decides images, order, names, parts and draws. `flat`: images without classes, which can be predicted only; `classes` is then empty.
   */
  readonly layout: 'classes' | 'split-folders' | 'flat' | 'manifest' | 'published';
  /** What the split file of the layout `published` and the folder do not have in common. */
  readonly split?: SplitFacts;
  /** The split file that a data set of the paper lacks, so that its parts and draws are not the paper's. */
  readonly splitMissing?: string;
}

export interface SplitFacts {
  readonly file: string;
  /** Entries of the file, and those whose image is missing or cannot be used. */
  readonly images: number;
  readonly unusable: number;
  /** Classes of the file without one usable image, with their entries; they are left out. */
  readonly missingClasses: readonly { readonly name: string; readonly images: number }[];
  /** Folders of whose images the file names none. */
  readonly unnamedFolders: readonly { readonly folder: string; readonly images: number }[];
  /** Images in other folders that the file does not name. */
  readonly unnamedImages: number;
}

export interface ScannedClass {
  /** The folder's name, or the label that a list gives. */
  readonly folder: string;
  /** A folder on disk with images of the class: where it stands in train, or its first image lies. */
  readonly place: string;
  /** The name put into prompts: `_` becomes a blank, or the classes file's name. */
  readonly name: string;
  readonly count: number;
}

export interface FileProblem {
  readonly path: string;
  readonly reason:
    | 'empty'
    | 'unsupported'
    | 'broken'
    | 'too-large'
    | 'unreadable'
    | 'symlink-loop'
    | 'missing'
    /** An image that lies beside the class folders. */
    | 'no-class'
    /** A class folder without a usable image. */
    | 'no-images';
  readonly detail: string;
}

export interface DuplicateGroup {
  readonly paths: readonly string[];
  readonly acrossClasses: boolean;
}

export interface VagueName {
  readonly folder: string;
  readonly name: string;
  /** In words: "a number", "words written together". */
  readonly reason: string;
  /** What the name probably means, where that can be read from it. Proposed, never used unasked. */
  readonly probably?: string;
}

/** A text that CLIP reads in the names of several classes: they get the same score, and the first always wins. */
export interface SameName {
  /** As the first class writes it. */
  readonly name: string;
  readonly folders: readonly string[];
}

/** A classes file that was written to be read through and corrected. */
export interface WrittenNames {
  readonly file: string;
  readonly classes: number;
  /** Names that differ from the folders'. */
  readonly proposed: number;
  /** Names that still say nothing to CLIP. */
  readonly vague: number;
}
