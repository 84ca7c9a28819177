import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { RUN_FILES, type RunSummary } from '../../shared/run';
import { initialState, isFinal, parseInputs, parseLock, parseState, statusOf } from '../../shared/run-files';

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
  private shown = '';
  runs: readonly RunSummary[] = [];

  constructor(private readonly folders: () => Iterable<string>) {
    void this.refresh();
  }

  async refresh(): Promise<void> {
    clearTimeout(this.timer);
    const lists = await Promise.all([...new Set(this.folders())].map(readRuns));
    this.runs = lists.flat().sort((a, b) => (a.inputs.createdAt < b.inputs.createdAt ? 1 : -1));
    const text = JSON.stringify(this.runs);
    if (text !== this.shown) {
      this.shown = text;
      this.changed.fire(this.runs);
    }
    const active = this.runs.some(({ status }) => status !== 'interrupted' && !isFinal(status));
    this.timer = setTimeout(() => void this.refresh(), active ? ACTIVE_MS : IDLE_MS);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }
}

async function readRuns(folder: string): Promise<RunSummary[]> {
  const runs = path.join(folder, '.coop', 'runs');
  const names = await readdir(runs).catch(() => []);
  const read = await Promise.all(names.map(name => readRun(path.join(runs, name)).catch(() => null)));
  return read.filter(run => run !== null);
}

async function readRun(directory: string): Promise<RunSummary> {
  const text = (name: string) => readFile(path.join(directory, name), 'utf8');
  const inputs = parseInputs(await text(RUN_FILES.inputs), directory);
  const stateText = await text(RUN_FILES.state).catch(() => null);
  const state = stateText === null ? initialState(inputs) : parseState(stateText, directory);
  const lock = parseLock(await text(RUN_FILES.lock).catch(() => ''));
  const hasReport = await text(RUN_FILES.report).then(
    () => true,
    () => false,
  );
  const condition = lock === undefined ? 'none' : isAlive(lock.pid) ? 'held' : 'stale';
  return { directory, inputs, state, status: statusOf(state, condition, Date.now()), hasReport };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
