import type { ErrorData } from '../errors';
import type { Library } from '../snippets/snippet-facts';
import type { RunComparison } from './comparison';
import type { RunSpec, SpecChoice } from './method-spec';
import type { Precision } from './precision';
import type { Delta, Proportion } from './report';
import type { RefusedDevice, RunEvent, RunState, RunSummary } from './run';
import type { ScanResult, WrittenNames } from './scan';
import type { JudgedSuggestion, Suggestion, SuggestRequest, SuggestResult } from './suggest';

/**
 * Requests from the extension to the engine process (`coop serve`), JSON-RPC over stdio (vscode-jsonrpc).
 * Every request can be cancelled; progress arrives as `progress` notifications that carry the request's `job`.
 */
export interface EngineRequests {
  /** Version and runtime; the first call after a start. */
  'engine/hello': { params: Record<string, never>; result: EngineInfo };
  /** Probes every device anew, each in a process of its own. */
  'engine/devices': { params: Record<string, never>; result: readonly DeviceInfo[] };
  /** Installs what a device needs, with npm; what npm says arrives as progress without numbers. */
  'engine/install': { params: Job & { readonly runtime: RuntimeName }; result: InstalledRuntime };
  /** The models that `@model` can name, those in further folders too. */
  'engine/models': { params: { readonly folders: readonly string[] }; result: readonly FoundModel[] };
  /** Downloads a model of the hub into its cache; `token` is the editor's own, else the environment's. */
  'model/pull': { params: Job & { readonly id: string; readonly token?: string }; result: PulledModel };
  /** Files changed below these places (absolute paths); null for any. What stands on them is read again when it is asked for. */
  'project/changed': { params: { readonly places: readonly string[] | null }; result: null };
  /** What scores of the document would stand on now (`LineScore.fingerprint`); folders, lists and the model are looked at. */
  'project/fingerprint': { params: DocumentParams; result: string };
  'project/scan': { params: DocumentParams & Job; result: ScanResult };
  /** Writes a classes file (absolute path, not there yet) of all classes, with the names that `scan` proposes. */
  'project/nameClasses': {
    params: DocumentParams & Job & { readonly file: string };
    result: WrittenNames;
  };
  /** Writes a list of all images (absolute path, not there yet) with an empty label where the class is not known. */
  'project/labelImages': {
    params: DocumentParams & Job & { readonly file: string };
    result: { readonly images: number };
  };
  /** The same with the likeliest of the named classes for each image, as a line sees it. */
  'project/predictImages': {
    params: DocumentParams &
      Job & { readonly file: string; readonly names: readonly string[]; readonly line: string };
    result: { readonly images: number; readonly failed: number };
  };
  /** Scores the given lines on the dev images. Each line's score arrives as `score/partial` as soon as it is known. */
  'project/score': {
    params: DocumentParams & Job & { readonly lines: readonly string[] };
    result: ScoreResult;
  };
  /** Lines that may take a line's place, by dev images; each arrives in `suggest/partial` as soon as it is scored. */
  'suggest/lines': { params: DocumentParams & Job & SuggestRequest; result: SuggestResult };
  /** What was chosen among them, on test images; several lines are averaged. */
  'suggest/judge': {
    params: DocumentParams &
      Job &
      SuggestRequest & { readonly lines: readonly string[]; readonly compared: number };
    result: JudgedSuggestion;
  };
  /** The likeliest classes of image files (absolute paths), as a line of the document sees them. */
  'image/predict': {
    params: DocumentParams &
      Job & {
        readonly line: string;
        readonly paths: readonly string[];
        readonly top: number;
        /** Calibrates on dev images, and gives up what is less sure than this; absent: as the model says it. */
        readonly threshold?: number;
      };
    result: readonly ImagePrediction[];
  };
  /** What Learn Prompt would do: defaults and an estimate, before anything starts. */
  'run/plan': { params: DocumentParams & RunRequest; result: RunPlan };
  /** Writes the run directory and starts the detached training process. */
  'run/start': { params: DocumentParams & RunRequest; result: { readonly directory: string } };
  'run/resume': { params: { readonly directory: string }; result: { readonly directory: string } };
  /** Asks the training process to stop after saving; resolves when it has, or after the grace period when it was ended. */
  'run/stop': { params: { readonly directory: string }; result: RunState };
  /** What an experiment's file (absolute path) takes; cells that were measured before are known. */
  'experiment/plan': { params: Job & { readonly file: string }; result: PlannedExperiment };
  /** Starts its detached process, unless that is going on, and names the folder of its results. */
  'experiment/start': { params: { readonly file: string }; result: { readonly out: string } };
  /** Finished runs beside each other. */
  'run/compare': { params: { readonly directories: readonly string[] }; result: RunComparison };
  /** Writes the report as one self-contained page. */
  'run/reportHtml': {
    params: Job & { readonly directory: string; readonly file: string };
    result: HtmlReportSize;
  };
  /** Copies the learned context into `.coop/contexts`; the editor replaces the line itself (so that Undo works). */
  'run/storeContext': { params: { readonly directory: string; readonly seed?: number }; result: ApplyResult };
  /** A learned context as a file for other programs: one slot, or as `.pth.tar` all; the ending decides the format. */
  'context/export': {
    params: { readonly file: string; readonly slot: number; readonly out: string };
    result: { readonly shape: readonly number[] };
  };
  /** A whole prompt as a file for other programs, and the code of a library that opens it as `shownAs`. */
  'prompt/export': {
    params: DocumentParams &
      Job & {
        readonly line: string;
        readonly out: string;
        readonly library: Library | null;
        readonly shownAs: string;
        /** As of `image/predict`: the code then says “none of these” as well. */
        readonly threshold?: number;
      };
    result: { readonly classes: number; readonly code: string | null };
  };
  /** Small pictures for the report, made by the engine into its cache folder. */
  'image/thumbnails': {
    params: { readonly folder: string; readonly paths: readonly string[]; readonly size: number };
    result: readonly (string | null)[];
  };
}

export interface EngineNotifications {
  'engine/progress': Progress;
  'score/partial': Job & { readonly score: LineScore };
  'suggest/partial': Job & { readonly suggestions: readonly Suggestion[] };
  'engine/log': { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string };
}

/** What a person may install beside the product, by the device it serves. */
export type RuntimeName = 'cuda' | 'tensorflow';

export interface InstalledRuntime {
  /** Of its package. */
  readonly folder: string;
  readonly package: string;
  readonly version: string;
  /** What the machine must have besides. */
  readonly needs: string;
  /** Now; else it was there already. */
  readonly installed: boolean;
}

/** What a device can do here, or why it cannot be used. */
export type DeviceInfo = {
  readonly device: string;
  /** Never run by this project's tests: the code path is the one tested on WebGPU. */
  readonly unverified: boolean;
} & (
  | {
      readonly usable: true;
      /** Of large matrix products. */
      readonly flopsPerSecond: number;
      /** Why it cannot hold weights as float16; absent where it can. */
      readonly withoutFloat16?: string;
    }
  | {
      readonly usable: false;
      readonly reason: string;
      readonly next: string;
      /** Installing this may help. */
      readonly install?: RuntimeName;
    }
);

/** A model that `@model` can name, or why a folder that looks like one cannot be used. */
export type FoundModel = {
  /** What to write after `@model`. */
  readonly name: string;
  readonly folder: string;
} & (
  | {
      readonly ok: true;
      /** Side of the square the image tower takes, in pixels. */
      readonly imageSize: number;
      /** What happens to images before, in words. */
      readonly preprocessing: string;
      /** Width × layers, such as “512 × 12”; “ONNX” where its towers are such files. */
      readonly textTower: string;
      /** Of the weights. */
      readonly bytes: number;
      /** What its files do not say and is taken for granted. */
      readonly assumption?: string;
      readonly sampleOnly: boolean;
    }
  | { readonly ok: false; readonly error: ErrorData }
);

/** A model of the hub that is in the cache now. */
export interface PulledModel {
  readonly id: string;
  readonly folder: string;
  /** Of its files, 0 where the hub was not asked. */
  readonly bytes: number;
  /** Received just now; the rest was here. */
  readonly downloaded: number;
  /** The file that holds them; '' where the hub was not asked. */
  readonly weights: string;
  /** The pull request they are from, `refs/pr/N`; null for the main branch. */
  readonly weightsFrom: string | null;
}

export interface EngineInfo {
  readonly version: string;
  /** e.g. "Node 20.20.2". */
  readonly runtime: string;
  readonly cacheFolder: string;
}

/** A `.prompts` document as the editor holds it now, saved or not. */
export interface DocumentParams {
  /** Absolute path; relative paths inside the text start at its folder. */
  readonly path: string;
  readonly text: string;
}

export interface Job {
  readonly job: string;
}

export interface Progress extends Job {
  readonly message: string;
  readonly done: number;
  readonly total: number;
  /** "images", "prompts", "files". */
  readonly unit: string;
  readonly perSecond?: number;
}

/** The score of one template line or ensemble on dev images. */
export interface LineScore {
  /** The line's text as asked for. */
  readonly line: string;
  /**
   * Of what it was scored on (images, split, classes, model, preprocessing): scores of different ones are not compared. Null
   * where the whole request failed.
   */
  readonly fingerprint: string | null;
  readonly result:
    | {
        readonly ok: true;
        readonly accuracy: Proportion;
        /** Against the document's baseline on the same images; null for the baseline itself. */
        readonly delta: Delta | null;
        readonly worst: readonly WorstClass[];
        /** False while only a stratified first part of the images has been scored. */
        readonly complete: boolean;
        /** Tokens of the longest class's prompt, SOT and EOT included, and the model's limit. */
        readonly tokens: {
          readonly longest: number;
          readonly limit: number;
          readonly className: string;
          /** That prompt as the model reads it, learned contexts as `<name>`. */
          readonly text: string;
        };
      }
    | { readonly ok: false; readonly error: ErrorData };
}

export interface WorstClass {
  readonly name: string;
  readonly accuracy: number;
  readonly n: number;
  /** The class most often answered instead. */
  readonly confusedWith: string | null;
  /** Absolute folder of the class's first scored image. */
  readonly folder: string;
}

/** Which images a score is made of: `dev` unless another is asked for by name. */
export type ScoredPart = 'dev' | 'test' | 'all';

export interface ScoreResult {
  readonly part: ScoredPart;
  readonly scores: readonly LineScore[];
  /** As every score has it. */
  readonly fingerprint: string;
  readonly images: number;
  readonly seconds: number;
  /** What a scan found that makes the scores mean less, or something else, than they seem to: in sentences. */
  readonly warnings: readonly string[];
}

/** The scores of a document's lines on a whole other folder of the same classes. */
export interface TargetScores {
  /** Absolute. */
  readonly folder: string;
  readonly images: number;
  /** How many of the document's classes it has: an answer is one of these. */
  readonly classes: number;
  readonly ofClasses: number;
  readonly scores: readonly LineScore[];
}

export interface ImagePrediction {
  readonly path: string;
  /** Likeliest first. */
  readonly classes: readonly Prediction[];
  /** True where the likeliest is less sure than the threshold that was asked for. */
  readonly noneOfThese?: boolean;
}

export interface Prediction {
  /** The class's name in prompts. */
  readonly name: string;
  /** Softmax over all classes, 0…1. */
  readonly probability: number;
}

export interface RunRequest {
  /** The template line to learn, as it stands in the document. */
  readonly line: string;
  /** Values that differ from the defaults. */
  readonly recipe: SpecChoice;
  /** `[V:16] {}.`-like layout to learn when the line is plain. */
  readonly layout?: string;
  /** False: the report is made without other methods on the same shots. */
  readonly comparisons?: boolean;
  readonly device?: string;
  /** Processor threads; default: as many as the processor runs at once. */
  readonly threads?: number;
}

export interface RunPlan {
  readonly template: string;
  readonly baseline: string;
  readonly recipe: RunSpec;
  readonly device: string;
  /** Every better device, with the reason it is not used. */
  readonly refused: readonly RefusedDevice[];
  /** How the model's weights are held. */
  readonly precision: Precision;
  readonly estimateSeconds: number;
  readonly warnings: readonly string[];
  /** A finished run of exactly this: another one ends with the same. */
  readonly learnedBefore?: { readonly name: string; readonly directory: string };
}

export interface PlannedExperiment {
  readonly title: string;
  readonly cells: number;
  readonly done: number;
  /** Cells that cannot be measured, and why. */
  readonly failures: readonly { readonly title: string; readonly message: string }[];
  /** Of what is left, a guess. */
  readonly seconds: number;
  readonly bytes: number;
  /** Runs side by side. */
  readonly jobs: number;
  readonly device: string;
  /** Figures that are asked for and that the grid has no axis for, a sentence each. */
  readonly undrawn: readonly string[];
}

export interface ApplyResult {
  /** The line to put in place of `replaces`, e.g. `<groups-16shot> {}.`. */
  readonly line: string;
  readonly replaces: string;
  /** Absolute path of the context file now in `.coop/contexts`; null for a line of words, which needs none. */
  readonly contextFile: string | null;
}

/** What an HTML report holds: it has a budget, so pictures, and in the extreme images, may be left out. */
export interface HtmlReportSize {
  readonly bytes: number;
  readonly pictures: number;
  /** Images whose answers are listed, of `testImages`. */
  readonly images: number;
  readonly testImages: number;
}

/** Host → webview and back; `shared/webview.ts` holds the views' own messages. */
export interface RunSnapshot {
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
}
