import * as vscode from 'vscode';
import type { RunSummary } from '../../shared/contracts/run';
import { isGoing } from '../../shared/contracts/run-status';
import type { RunWatcher } from './run-watcher';

/** The runs that are selected in the view “Runs”: what the dashboard shows. A run that begins is shown until another is selected. */
export class RunSelection implements vscode.Disposable {
  private directories: readonly string[] = [];
  private newest: string | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private readonly listener: vscode.Disposable;

  constructor(private readonly watcher: RunWatcher) {
    this.listener = watcher.onChange(([first]) => {
      const begins = first !== undefined && first.directory !== this.newest && isGoing(first.status);
      this.newest = first?.directory;
      if (begins) this.select([]);
    });
  }

  select(directories: readonly string[]): void {
    this.directories = directories;
    this.changed.fire();
  }

  /** At least the newest run, where there is one. */
  get runs(): readonly RunSummary[] {
    const { runs } = this.watcher;
    const selected = this.directories.flatMap(
      directory => runs.find(run => run.directory === directory) ?? [],
    );
    return selected.length > 0 ? selected : runs.slice(0, 1);
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
  }
}
