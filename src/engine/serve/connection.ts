import {
  type CancellationToken,
  createMessageConnection,
  ErrorCodes,
  type GenericRequestHandler,
  type MessageConnection,
  ResponseError,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { EngineNotifications, EngineRequests } from '../../shared/contracts/protocol';
import { CoopError, type ErrorData, errorData } from '../../shared/errors';
import { MessageReader } from './message-reader';

export type Method = keyof EngineRequests;

export type Handlers = {
  readonly [M in Method]: (
    params: EngineRequests[M]['params'],
    signal: AbortSignal,
  ) => Promise<EngineRequests[M]['result']>;
};

export type Notify = <N extends keyof EngineNotifications>(name: N, params: EngineNotifications[N]) => void;

/**
 * JSON-RPC over stdio. Errors travel as `ErrorData` in the response's data, so that the other side can decide on the
 * code; a cancelled request aborts the handler's signal.
 */
export function connect(makeHandlers: (notify: Notify) => Handlers): Connection {
  const connection = createMessageConnection(
    new MessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
  );
  const handlers = makeHandlers(
    (name, params) => void connection.sendNotification(name, params).catch(() => undefined),
  );
  const running = new Set<AbortController>();
  for (const method of Object.keys(handlers) as Method[])
    register(connection, method, handlers[method], running);
  return {
    ended: () =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          settle();
          for (const abort of running) abort.abort();
        };
        connection.onError(([cause]) => end(() => reject(broken(cause))));
        connection.onClose(() => end(resolve));
        connection.listen();
      }),
  };
}

export interface Connection {
  /**
   * Answers until the input ends; what is still worked on then is cancelled.
   * @throws CoopError `engine.crashed` when messages cannot be read or written any more
   */
  ended(): Promise<void>;
}

function broken(cause: Error): CoopError {
  return new CoopError(
    'engine.crashed',
    `The editor and its engine do not understand each other: ${cause.message}.`,
    {
      cause,
      next: 'Run the command again; “CoOp: Show Log” has the details.',
    },
  );
}

function register<M extends Method>(
  connection: MessageConnection,
  method: M,
  handler: Handlers[M],
  running: Set<AbortController>,
): void {
  const answer: GenericRequestHandler<unknown, ErrorData> = async (params, token) => {
    const abort = new AbortController();
    running.add(abort);
    const listener = (token as CancellationToken).onCancellationRequested(() => abort.abort());
    try {
      return await handler(params as EngineRequests[M]['params'], abort.signal);
    } catch (thrown) {
      const data = errorData(thrown);
      throw new ResponseError<ErrorData>(ErrorCodes.InternalError, data.message, data);
    } finally {
      listener.dispose();
      running.delete(abort);
    }
  };
  connection.onRequest(method, answer);
}
