import * as vscode from 'vscode';
import { coopFolder } from '../../files/coop-folder';
import { findRuns } from '../../files/runs/read-run';
import { byAge } from '../../files/runs/run-order';
import type { DamagedRun, RunSummary } from '../../shared/contracts/run';
import { isGoing } from '../../shared/contracts/run-status';

const ACTIVE_MS = 700;
const IDLE_MS = 5000;

/**
 * The runs beside the documents of this window, read from their own files: it works without the engine and finds runs
 * of other windows, of the command line, and of this window before a reload.
 */
export class RunWatcher implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<readonly RunSummary[]>();
  readonly onChange = this.changed.event;
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | null = null;
  private disposed = false;
  private shown = '';
  runs: readonly RunSummary[] = [];
  /** Folders among the runs that cannot be shown as one. */
  damaged: readonly DamagedRun[] = [];

  constructor(private readonly folders: () => Iterable<string>) {
    void this.refresh();
  }

  /** Reads anew. A call while a reading is under way waits for it and reads once more: it may have missed a change. */
  refresh(): Promise<void> {
    const before = this.reading ?? Promise.resolve();
    const reading = before.then(() => this.read());
    this.reading = reading;
    return reading.finally(() => {
      if (this.reading === reading) this.reading = null;
    });
  }

  private async read(): Promise<void> {
    clearTimeout(this.timer);
    if (this.disposed) return;
    const folders = [...new Set(this.folders())];
    const lists = await Promise.all(folders.map(folder => findRuns(coopFolder(folder, 'runs'))));
    if (this.disposed) return;
    this.runs = lists.flatMap(({ runs }) => runs).sort((a, b) => byAge(b, a));
    this.damaged = lists.flatMap(({ damaged }) => damaged);
    const text = JSON.stringify([this.runs, this.damaged]);
    if (text !== this.shown) {
      this.shown = text;
      this.changed.fire(this.runs);
    }
    const active = this.runs.some(({ status }) => isGoing(status));
    this.timer = setTimeout(() => void this.refresh(), active ? ACTIVE_MS : IDLE_MS);
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.changed.dispose();
  }
}
