import { access, readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { type DamagedRun, RUN_FILES, type RunLock, type RunSummary } from '../../shared/contracts/run';
import {
  initialState,
  parseInputs,
  parseLock,
  parseProcessStat,
  parseState,
  statusOf,
} from '../../shared/contracts/run-files';
import { isGoing } from '../../shared/contracts/run-status';
import { errorData } from '../../shared/errors';

const ACTIVE_MS = 700;
const IDLE_MS = 5000;
/** As the engine's own rule for locks of other machines. */
const FOREIGN_SILENCE_MS = 60_000;

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
    const lists = await Promise.all([...new Set(this.folders())].map(readRuns));
    if (this.disposed) return;
    this.runs = lists
      .flatMap(({ runs }) => runs)
      .sort((a, b) => (a.inputs.createdAt < b.inputs.createdAt ? 1 : -1));
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

async function readRuns(
  folder: string,
): Promise<{ readonly runs: readonly RunSummary[]; readonly damaged: readonly DamagedRun[] }> {
  const parent = path.join(folder, '.coop', 'runs');
  const names = await readdir(parent).catch(() => []);
  const directories = names.filter(name => !name.startsWith('.')).map(name => path.join(parent, name));
  const found = await Promise.all(directories.map(readRunOrWhyNot));
  return {
    runs: found.filter(each => each !== null && 'inputs' in each),
    damaged: found.filter(each => each !== null && 'error' in each),
  };
}

async function readRunOrWhyNot(directory: string): Promise<RunSummary | DamagedRun | null> {
  try {
    return await readRun(directory);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // Without inputs it is no run yet, or none any more.
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : { directory, error: errorData(thrown) };
  }
}

async function readRun(directory: string): Promise<RunSummary> {
  const text = (name: string) => readFile(path.join(directory, name), 'utf8');
  const inputs = parseInputs(await text(RUN_FILES.inputs), directory);
  const stateText = await text(RUN_FILES.state).catch(() => null);
  const state = stateText === null ? initialState(inputs) : parseState(stateText, directory);
  const lock = parseLock(await text(RUN_FILES.lock).catch(() => ''));
  const hasReport = await access(path.join(directory, RUN_FILES.report)).then(
    () => true,
    () => false,
  );
  const condition = lock === undefined ? 'none' : (await isAlive(lock)) ? 'held' : 'stale';
  return { directory, inputs, state, status: statusOf(state, condition, Date.now()), hasReport };
}

/**
 * Whether the process that wrote a lock runs. A pid that was given to another process is told by its start where
 * /proc tells it; elsewhere the engine, which asks the system, has the last word when the run is resumed. A lock of
 * another machine counts while its heartbeat is young.
 */
async function isAlive({ pid, processStart, host, heartbeat }: RunLock): Promise<boolean> {
  if (host !== hostname()) return Date.now() - Date.parse(heartbeat) < FOREIGN_SILENCE_MS;
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = parseProcessStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  if (stat === undefined) return true;
  return stat.state !== 'Z' && (processStart === '' || processStart.startsWith(`${stat.startTicks}@`));
}
