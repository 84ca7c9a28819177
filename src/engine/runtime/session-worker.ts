import { parentPort } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import { onnxruntime } from './onnxruntime';
import type {
  Answer,
  Feed,
  FromSessionWorker,
  Result,
  TensorSignature,
  ToSessionWorker,
} from './session-messages';

const port = parentPort;
if (port === null) throw new Error('session-worker runs in a worker thread only');

const sessions = new Map<number, InferenceSession>();
// onnxruntime's calls block this thread anyway; one queue keeps their order.
let queue: Promise<unknown> = Promise.resolve();

port.on('message', (message: ToSessionWorker) => {
  queue = queue.then(async () => {
    try {
      port.postMessage({
        id: message.id,
        ok: true,
        result: await answer(message),
      } satisfies FromSessionWorker);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      port.postMessage({ id: message.id, ok: false, error } satisfies FromSessionWorker);
    }
  });
});

async function answer(message: ToSessionWorker): Promise<Answer> {
  switch (message.type) {
    case 'create': {
      const { session, model, options } = message;
      const { InferenceSession: Sessions } = onnxruntime();
      // The two are different calls to TypeScript alone.
      const created =
        typeof model === 'string'
          ? await Sessions.create(model, options)
          : await Sessions.create(model, options);
      sessions.set(session, created);
      return { inputs: signature(created.inputMetadata), outputs: signature(created.outputMetadata) };
    }
    case 'run':
      return run(sessions.get(message.session), message.feeds);
    case 'release': {
      const session = sessions.get(message.session);
      sessions.delete(message.session);
      await session?.release();
      return null;
    }
  }
}

const signature = (values: readonly InferenceSession.ValueMetadata[]): TensorSignature[] =>
  values.map(value => ({
    name: value.name,
    type: value.isTensor ? value.type : 'no tensor',
    shape: value.isTensor ? [...value.shape] : [],
  }));

async function run(
  session: InferenceSession | undefined,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Record<string, Result>> {
  if (session === undefined) throw new Error('this session was released');
  const values = await session.run(
    Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toTensor(feed)])),
  );
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { data: Float32Array.from(value.data as Float32Array), shape: [...value.dims] },
    ]),
  );
}

function toTensor({ data, shape }: Feed) {
  const { Tensor } = onnxruntime();
  if (data instanceof Float32Array) return new Tensor('float32', data, shape);
  if (data instanceof Uint8Array) return new Tensor('uint8', data, shape);
  return new Tensor('int64', data instanceof BigInt64Array ? data : BigInt64Array.from(data, BigInt), shape);
}
