import type { FileProblem, ScanResult } from '../../shared/contracts/scan';
import type { ClassList } from '../prompt/class-list';
import type { Part } from './split';

export interface ScannedImage {
  /** Relative to the scan's folder, with forward slashes. */
  readonly path: string;
  /** Index of its class; −1 in a flat folder, where no class is known. */
  readonly label: number;
  /** sha256 of the file, hex. */
  readonly hash: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Given by a train, val or test folder, or by a list. */
  readonly part?: Part;
}

export interface Scan extends ScanResult {
  /** Class after class, each by path (in a split file of CoOp: in its order): the order that seeds draw from. */
  readonly images: readonly ScannedImage[];
  /** Further columns of the classes file: values by label. */
  readonly columns: ClassList['columns'];
}

export interface ScanOptions {
  /** CSV file with the classes' names (data/classes.ts); folder names without it. */
  readonly classesFile?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
  readonly limits?: Partial<ScanLimits>;
  /** Where to remember what was read, so that a second scan is fast; null: nowhere. */
  readonly memoryFolder?: string | null;
}

export interface ScanProgress {
  readonly message: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'files';
  readonly perSecond?: number;
}

export interface ScanLimits {
  /** Files and folders met on the way. */
  readonly maxEntries: number;
  /** Size of one image file. */
  readonly maxFileBytes: number;
}

/** ImageNet-21k has 14 million files; a data set that is read as a whole is smaller. */
export const MAX_ENTRIES = 5_000_000;

/** A file that may be an image of the data set. */
export interface Candidate {
  readonly path: string;
  /** Folder or label that names its class; null where none is known. */
  readonly folder: string | null;
  readonly part: Part | undefined;
}

/** What a walk has collected before any file is read. */
export interface Found {
  readonly root: string;
  readonly layout: ScanResult['layout'];
  readonly candidates: readonly Candidate[];
  readonly problems: FileProblem[];
  /** Every folder that stands for a class, with its path to the root, images or not. */
  readonly folders?: ReadonlyMap<string, string>;
  /** Classes by label where the list fixes them and its order; otherwise folders sorted by code units. */
  readonly classes?: readonly { readonly folder: string; readonly name: string }[];
}

/** The order of Python's `sorted` for all names but those beyond the basic plane. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
