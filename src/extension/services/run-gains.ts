import * as vscode from 'vscode';
import { readReport } from '../../files/runs/read-report';
import type { RunGain } from '../../shared/contracts/comparison';
import type { RunWatcher } from './run-watcher';

/** What finished runs gained on test images, read from their reports once: what a person is told everywhere. */
export class RunGains implements vscode.Disposable {
  private readonly known = new Map<string, RunGain | null>();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private readonly listener: vscode.Disposable;
  private reading: Promise<void> = Promise.resolve();

  constructor(private readonly watcher: RunWatcher) {
    this.listener = watcher.onChange(() => void this.read());
    void this.read();
  }

  /** Undefined where there is no report, and while it is being read. */
  gainOf(directory: string): RunGain | undefined {
    return this.known.get(directory) ?? undefined;
  }

  /** Waits for the reports that are there. */
  read(): Promise<void> {
    this.reading = this.reading.then(async () => {
      const before = this.known.size;
      for (const { directory, hasReport } of this.watcher.runs) {
        if (!hasReport || this.known.has(directory)) continue;
        // A damaged one is told where it is opened.
        this.known.set(directory, await gainIn(directory).catch(() => null));
      }
      if (this.known.size !== before) this.changed.fire();
    });
    return this.reading;
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
  }
}

async function gainIn(directory: string): Promise<RunGain> {
  const { headline, seeds, chosenSeed } = await readReport(directory);
  const { test } = seeds.find(({ seed }) => seed === chosenSeed) ?? seeds[0]!;
  return { test, gain: headline };
}
