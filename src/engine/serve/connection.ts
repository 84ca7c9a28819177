import {
  type CancellationToken,
  createMessageConnection,
  ErrorCodes,
  type GenericRequestHandler,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { EngineNotifications, EngineRequests } from '../../shared/contracts/protocol';
import { type ErrorData, errorData } from '../../shared/errors';

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
export function connect(makeHandlers: (notify: Notify) => Handlers): MessageConnection {
  const connection = createMessageConnection(
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
  );
  const handlers = makeHandlers((name, params) => void connection.sendNotification(name, params));
  for (const method of Object.keys(handlers) as Method[]) register(connection, method, handlers[method]);
  return connection;
}

function register<M extends Method>(connection: MessageConnection, method: M, handler: Handlers[M]): void {
  const answer: GenericRequestHandler<unknown, ErrorData> = async (params, token) => {
    const abort = new AbortController();
    const listener = (token as CancellationToken).onCancellationRequested(() => abort.abort());
    try {
      return await handler(params as EngineRequests[M]['params'], abort.signal);
    } catch (thrown) {
      const data = errorData(thrown);
      throw new ResponseError<ErrorData>(ErrorCodes.InternalError, data.message, data);
    } finally {
      listener.dispose();
    }
  };
  connection.onRequest(method, answer);
}
