import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import {
  type CancellationToken,
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { EngineNotifications, EngineRequests } from '../../../src/shared/contracts/protocol';
import type { ErrorData } from '../../../src/shared/errors';

type Method = keyof EngineRequests;
type Name = keyof EngineNotifications;

/** The built engine process of a window without its window: requests and notifications by their contract. */
export class Engine {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly connection: MessageConnection;
  readonly ended: Promise<number | null>;

  /** @param folder where it runs; its cache lies there too */
  constructor(command: string, folder: string, environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [command, 'serve', '--device', 'cpu'], {
      cwd: folder,
      env: { ...process.env, COOP_CACHE_DIR: path.join(folder, 'cache'), ...environment },
      stdio: 'pipe',
    });
    this.child.stderr.resume();
    this.ended = new Promise(resolve => this.child.on('close', resolve));
    this.connection = createMessageConnection(
      new StreamMessageReader(this.child.stdout),
      new StreamMessageWriter(this.child.stdin),
    );
    this.connection.listen();
  }

  request<M extends Method>(
    method: M,
    params: EngineRequests[M]['params'],
    token?: CancellationToken,
  ): Promise<EngineRequests[M]['result']> {
    return token === undefined
      ? this.connection.sendRequest<EngineRequests[M]['result']>(method, params)
      : this.connection.sendRequest<EngineRequests[M]['result']>(method, params, token);
  }

  /** A method that the contract does not know. */
  unknown(method: string): Promise<unknown> {
    return this.connection.sendRequest(method, {});
  }

  on<N extends Name>(name: N, listener: (params: EngineNotifications[N]) => void): void {
    this.connection.onNotification(name, listener);
  }

  /** Ends its input, as a window that closes does. */
  close(): void {
    this.child.stdin.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  dispose(): void {
    this.connection.dispose();
    this.child.kill('SIGKILL');
  }
}

/** The data that a failed request answered with. @throws what is no such answer; Error when the request succeeded */
export async function errorOf(request: Promise<unknown>): Promise<ErrorData> {
  try {
    await request;
  } catch (thrown) {
    if (thrown instanceof ResponseError) return thrown.data as ErrorData;
    throw thrown;
  }
  throw new Error('the request succeeded');
}
