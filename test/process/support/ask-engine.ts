import { spawn } from 'node:child_process';
import path from 'node:path';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { EngineRequests } from '../../../src/shared/contracts/protocol';

/** One request to `coop serve`, as an editor makes it. Rejects with the engine's error, whose `data` is `ErrorData`. */
export async function askEngine<M extends keyof EngineRequests>(
  command: string,
  folder: string,
  method: M,
  params: EngineRequests[M]['params'],
): Promise<EngineRequests[M]['result']> {
  const child = spawn(process.execPath, [command, 'serve'], {
    cwd: folder,
    env: { ...process.env, COOP_CACHE_DIR: path.join(folder, 'cache') },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  try {
    return await connection.sendRequest<EngineRequests[M]['result']>(method, params);
  } finally {
    connection.dispose();
    child.kill('SIGKILL');
  }
}
