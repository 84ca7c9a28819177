import type { ComparedRun, RunGain } from './comparison';
import type { ExperimentState, ExperimentStatus } from './experiment-state';
import type { RunSnapshot } from './protocol';
import type { Report } from './report';
import type { ResultTable } from './result-table';

/** Messages between the extension host and its webviews. The host owns all state; a view gets whole snapshots. */
export type ToDashboard = {
  readonly type: 'snapshot';
  /** Those that are selected in the view “Runs”, else the newest one. */
  readonly runs: readonly ShownRun[];
};

export interface ShownRun extends RunSnapshot {
  /** Of a run that has its report. */
  readonly gained?: RunGain;
}

export type FromDashboard =
  | { readonly type: 'ready' }
  | { readonly type: 'stop'; readonly directory: string }
  | { readonly type: 'resume'; readonly directory: string }
  | { readonly type: 'openReport'; readonly directory: string }
  | { readonly type: 'openLog' };

export type ToReport =
  | {
      readonly type: 'report';
      readonly report: Report;
      readonly directory: string;
      /** True once the learned line stands in the document. */
      readonly applied: boolean;
    }
  /** Webview URIs of thumbnails, by path; null where the file cannot be read any more. */
  | { readonly type: 'thumbnails'; readonly uris: Readonly<Record<string, string | null>> };

export type FromReport =
  | { readonly type: 'ready' }
  | { readonly type: 'needThumbnails'; readonly paths: readonly string[] }
  | { readonly type: 'openImage'; readonly path: string }
  | { readonly type: 'apply' }
  | { readonly type: 'exportContext' }
  | { readonly type: 'exportCode' }
  | { readonly type: 'copyCommand' }
  | { readonly type: 'saveHtml' }
  | { readonly type: 'openDocument' };

export interface ComparedImage {
  readonly path: string;
  readonly label: number;
  /** Of each run, in their order. */
  readonly answers: readonly number[];
}

export type ToCompare =
  | {
      readonly type: 'comparison';
      readonly runs: readonly ComparedRun[];
      /** Of the runs, in their order. */
      readonly directories: readonly string[];
      /** With their events, in the same order. */
      readonly series: readonly RunSnapshot[];
      /** Of the first run. */
      readonly classes: readonly string[];
      /** Those that some run answers rightly and another does not; null where the runs were tested on different ones. */
      readonly images: readonly ComparedImage[] | null;
    }
  | Extract<ToReport, { readonly type: 'thumbnails' }>;

export type FromCompare =
  | Extract<FromReport, { readonly type: 'ready' | 'needThumbnails' | 'openImage' }>
  | Extract<FromDashboard, { readonly type: 'openReport' }>;

export type ToExperiment = {
  readonly type: 'results';
  /** Absolute; names the panel to the host that restores it. */
  readonly file: string;
  /** Null before the first process has begun to write. */
  readonly state: ExperimentState | null;
  readonly status: ExperimentStatus | null;
  readonly table: ResultTable | null;
  /** Webview URIs of SVG files, each for one content. */
  readonly figures: readonly { readonly name: string; readonly uri: string }[];
  /** Why others that are asked for are not drawn, a sentence each. */
  readonly undrawn: readonly string[];
};

export type FromExperiment =
  | { readonly type: 'ready' }
  | { readonly type: 'stop' }
  | { readonly type: 'goOn' }
  | { readonly type: 'openHtml' }
  | { readonly type: 'openCsv' };

/** The data inside a self-contained report page. */
export interface StandaloneReport {
  readonly report: Report;
  /** Data URIs by image path. */
  readonly thumbnails: Readonly<Record<string, string>>;
  /** Images tested; `report.images` may be fewer. */
  readonly testImages: number;
}
