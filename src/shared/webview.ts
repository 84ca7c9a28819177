import type { RunSnapshot } from './protocol';
import type { Report } from './report';

/** Messages between the extension host and its webviews. The host owns all state; a view gets whole snapshots. */
export type ToDashboard = {
  readonly type: 'snapshot';
  readonly runs: readonly RunSnapshot[];
  readonly engine: EngineView;
};

export interface EngineView {
  readonly device: string | null;
  readonly refused: readonly { readonly device: string; readonly reason: string }[];
  /** Why there is nothing to show, when there is nothing to show. */
  readonly empty: string | null;
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
  | { readonly type: 'failed'; readonly message: string; readonly next: string | null }
  /** Webview URIs of thumbnails, by path; null where the file cannot be read any more. */
  | { readonly type: 'thumbnails'; readonly uris: Readonly<Record<string, string | null>> };

export type FromReport =
  | { readonly type: 'ready' }
  | { readonly type: 'needThumbnails'; readonly paths: readonly string[] }
  | { readonly type: 'openImage'; readonly path: string }
  | { readonly type: 'apply' }
  | { readonly type: 'copyCommand' }
  | { readonly type: 'openDocument' };
