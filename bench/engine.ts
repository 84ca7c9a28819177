import { spawn } from 'node:child_process';
import path from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

/** The built command, as a window starts it. */
export const COMMAND = path.resolve('dist/coop.js');

/** The engine process of a window, and what ends it. */
export function startEngine(env: NodeJS.ProcessEnv): { connection: MessageConnection; close: () => void } {
  const child = spawn(process.execPath, [COMMAND, 'serve', '--device', 'cpu'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  return {
    connection,
    close: () => {
      connection.dispose();
      child.kill();
    },
  };
}
