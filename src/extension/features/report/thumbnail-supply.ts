import * as vscode from 'vscode';
import type { Report } from '../../../shared/contracts/report';
import type { EngineClient } from '../../services/engine-client';

const SIZE = 96;
/** Few at a time, so that pictures appear one row after the other. */
const BATCH = 8;

/** Thumbnails of a report's own images, made by the engine; what is in sight now replaces what was asked for before. */
export class ThumbnailSupply implements vscode.Disposable {
  private readonly known: ReadonlySet<string>;
  private current = new vscode.CancellationTokenSource();

  constructor(
    private readonly engine: EngineClient,
    private readonly report: Report,
    private readonly deliver: (files: ReadonlyMap<string, string | null>) => unknown,
  ) {
    this.known = new Set(report.images.map(({ path }) => path));
  }

  async supply(wanted: readonly string[]): Promise<void> {
    this.current.cancel();
    this.current.dispose();
    this.current = new vscode.CancellationTokenSource();
    const { token } = this.current;
    const paths = wanted.filter(path => this.known.has(path));
    for (let at = 0; at < paths.length && !token.isCancellationRequested; at += BATCH) {
      const batch = paths.slice(at, at + BATCH);
      const params = { folder: this.report.imagesFolder, paths: batch, size: SIZE };
      const files = await this.engine.request('image/thumbnails', params, token).catch(() => []);
      if (token.isCancellationRequested) return;
      await this.deliver(new Map(batch.map((path, i) => [path, files[i] ?? null])));
    }
  }

  dispose(): void {
    this.current.cancel();
    this.current.dispose();
  }
}
