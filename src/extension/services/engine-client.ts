import { type ChildProcess, spawn } from 'node:child_process';
import * as vscode from 'vscode';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { EngineNotifications, EngineRequests } from '../../shared/contracts/protocol';
import { CoopError, type ErrorData } from '../../shared/errors';
import { affectsEngine, engineSettings } from './engine-settings';
import { findNode } from './node-runtime';
import { tell } from './notice';

type Method = keyof EngineRequests;

export type EngineNotification = {
  readonly [N in keyof EngineNotifications]: { readonly name: N; readonly params: EngineNotifications[N] };
}[keyof EngineNotifications];

interface Running {
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  /** Rejects when the process ends. */
  readonly ended: Promise<never>;
}

/** An engine that nobody asked anything for this long is ended; the next request starts it again. */
const IDLE_MS = 10 * 60_000;
/** For the last work of an engine whose input has ended; longer than it gives itself (cli/commands/serve.ts). */
const GRACE_MS = 7000;
/** Waits before a start after crashes in a row. */
const BACK_OFF_MS = [0, 500, 2000, 10_000];

/** The engine process of this window: started at the first need, restarted after a crash, ended when idle. */
export class EngineClient implements vscode.Disposable {
  private running: Promise<Running> | null = null;
  private crashes = 0;
  private inFlight = 0;
  private idle: NodeJS.Timeout | undefined;
  private disposed = false;
  /** What the engine has loaded is no longer what is installed. */
  private isOutdated = false;
  /** Their end is no crash. */
  private readonly stopped = new WeakSet<ChildProcess>();
  private readonly told = new Set<string>();
  private readonly notified = new vscode.EventEmitter<EngineNotification>();
  private readonly settings = vscode.workspace.onDidChangeConfiguration(change => {
    if (affectsEngine(change)) void this.stop();
  });
  readonly onNotification = this.notified.event;

  constructor(
    private readonly script: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** @throws CoopError with the engine's own code; `cancelled`; `engine.crashed` when the process ended meanwhile */
  async request<M extends Method>(
    method: M,
    params: EngineRequests[M]['params'],
    token?: vscode.CancellationToken,
  ): Promise<EngineRequests[M]['result']> {
    if (!vscode.workspace.isTrusted) {
      throw new CoopError('engine.runtime', 'This workspace is not trusted, so nothing is computed in it.', {
        next: 'Trust the workspace to score and learn.',
      });
    }
    this.inFlight += 1;
    clearTimeout(this.idle);
    try {
      const { connection, ended } = await this.started();
      // An undefined token would count as a second parameter.
      const answer =
        token === undefined
          ? connection.sendRequest<EngineRequests[M]['result']>(method, params)
          : connection.sendRequest<EngineRequests[M]['result']>(method, params, token);
      const result = await Promise.race([answer, ended]);
      this.crashes = 0;
      return result;
    } catch (thrown) {
      if (thrown instanceof CoopError) throw thrown;
      if (thrown instanceof ResponseError && isErrorData(thrown.data)) throw CoopError.fromData(thrown.data);
      throw crashed(`working on “${method}”: ${String(thrown)}`, thrown);
    } finally {
      this.inFlight -= 1;
      if (this.inFlight === 0 && !this.disposed)
        if (this.isOutdated) void this.stop();
        else this.idle = setTimeout(() => void this.stop(), IDLE_MS);
    }
  }

  /** The pid of the engine, for tests that end it. */
  async pid(): Promise<number | undefined> {
    return (await this.running)?.process.pid;
  }

  /** Ends the engine as the end of its window does: what it works on is cancelled, and what it started ends with it. */
  async stop(): Promise<void> {
    const running = this.running;
    this.running = null;
    this.isOutdated = false;
    const started = await running?.catch(() => null);
    if (started == null) return;
    const { process: child, connection, ended } = started;
    this.stopped.add(child);
    connection.dispose();
    child.stdin?.end();
    const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await ended.catch(() => clearTimeout(kill));
  }

  /** As `stop`, once nobody waits for an answer any more. */
  async stopWhenIdle(): Promise<void> {
    if (this.inFlight === 0) await this.stop();
    else this.isOutdated = true;
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.idle);
    void this.stop();
    this.settings.dispose();
    this.notified.dispose();
  }

  /** What the engine went on without is told once a window, and logged each time. */
  private tell(level: EngineNotifications['engine/log']['level'], message: string): void {
    this.log[level](message);
    if (level !== 'warn' || this.told.has(message)) return;
    this.told.add(message);
    tell('warning', `CoOp: ${message}`);
  }

  /** A start that failed is forgotten, so that the next request tries again, with the settings of then. */
  private started(): Promise<Running> {
    if (this.running === null) {
      const starting = this.start();
      this.running = starting;
      starting.catch(() => this.forget(starting));
      starting.then(
        ({ ended }) => ended.catch(() => this.forget(starting)),
        () => undefined,
      );
    }
    return this.running;
  }

  private forget(ended: Promise<Running>): void {
    if (this.running === ended) this.running = null;
  }

  private async start(): Promise<Running> {
    await new Promise(resolve =>
      setTimeout(resolve, BACK_OFF_MS[Math.min(this.crashes, BACK_OFF_MS.length - 1)]),
    );
    const runtime = await findNode();
    const { args, environment } = engineSettings();
    this.log.info(`Starting the engine with ${runtime.description}`);
    const child = spawn(runtime.executable, [this.script, 'serve', ...args], {
      env: { ...inheritedEnvironment(), ...environment, ...runtime.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    // A write to a process that has just ended; its end is told below.
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (data: Buffer) => this.log.warn(data.toString().trimEnd()));
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const forward = <N extends keyof EngineNotifications>(name: N) =>
      connection.onNotification(name, (params: EngineNotifications[N]) =>
        this.notified.fire({ name, params } as EngineNotification),
      );
    forward('engine/progress');
    forward('score/partial');
    forward('suggest/partial');
    connection.onNotification('engine/log', ({ level, message }: EngineNotifications['engine/log']) =>
      this.tell(level, message),
    );
    connection.listen();
    const ended = new Promise<never>((_, reject) => {
      child.on('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        reject(crashed(how));
        connection.dispose();
        if (this.disposed || this.stopped.has(child)) return;
        this.crashes += 1;
        this.log.error(`The engine ended unexpectedly (${how}).`);
      });
      child.on('error', error => {
        reject(
          new CoopError('engine.runtime', `${runtime.executable} cannot be run: ${error.message}`, {
            next: 'Set coop.nodePath to Node 20 or newer.',
            cause: error,
          }),
        );
        this.crashes += 1;
        this.log.error(`The engine could not be started: ${error.message}`);
      });
    });
    // Nobody may be waiting for an answer when it ends.
    ended.catch(() => undefined);
    return { process: child, connection, ended };
  }
}

/** VS Code's own variables and a debugger's options would change how a child Node runs. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function isErrorData(data: unknown): data is ErrorData {
  return typeof data === 'object' && data !== null && 'code' in data && 'message' in data;
}

function crashed(what: string, cause?: unknown): CoopError {
  return new CoopError('engine.crashed', `The engine failed (${what}).`, {
    next: 'Run the command again; “CoOp: Show Log” has the details.',
    ...(cause === undefined ? {} : { cause }),
  });
}
