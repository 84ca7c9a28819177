import { parentPort } from 'node:worker_threads';
import { errorData } from '../../shared/errors';
import type { FromDecodeWorker, ToDecodeWorker } from './decode-messages';
import { loadPixels } from './load-pixels';

// Entry of the decoding threads. The bundle holds it as `decode-worker.js` beside the main file, with the WebAssembly
// codecs in the folder `codecs` beside both (codec-files.ts looks next to the running file, in a thread too).
const port = parentPort;
if (port === null) throw new Error('decode-worker runs in a worker thread only');

let go = (): void => undefined;

const untilRoom = (pixels: number): Promise<void> =>
  new Promise(resolve => {
    go = resolve;
    port.postMessage({ type: 'large', pixels } satisfies FromDecodeWorker);
  });

port.on('message', (message: ToDecodeWorker) => {
  if (message.type === 'go') {
    go();
    return;
  }
  loadPixels(message.job, untilRoom).then(
    loaded => {
      const pixels = loaded as Uint8Array<ArrayBuffer>;
      port.postMessage({ type: 'pixels', pixels } satisfies FromDecodeWorker, [pixels.buffer]);
    },
    (thrown: unknown) => {
      port.postMessage({ type: 'failed', error: errorData(thrown) } satisfies FromDecodeWorker);
    },
  );
});
port.postMessage({ type: 'ready' } satisfies FromDecodeWorker);
