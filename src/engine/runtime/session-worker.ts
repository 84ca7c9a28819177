import { parentPort } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import { onnxruntime } from './onnxruntime';
import { PlacementWatch } from './placement-watch';
import type {
  Answer,
  Feed,
  FromSessionWorker,
  RunAnswer,
  TensorSignature,
  ToSessionWorker,
} from './session-messages';

const port = parentPort;
if (port === null) throw new Error('session-worker runs in a worker thread only');

interface Held {
  readonly session: InferenceSession;
  /** Until the first run. */
  readonly watch: PlacementWatch | null;
}

const sessions = new Map<number, Held>();
// onnxruntime's calls block this thread anyway; one queue keeps their order.
let queue: Promise<unknown> = Promise.resolve();

port.on('message', (message: ToSessionWorker) => {
  queue = queue.then(async () => {
    try {
      const result = await answer(message);
      // Numbers move to the caller's thread: nothing here reads them again.
      const moved = result !== null && 'values' in result ? Object.values(result.values) : [];
      port.postMessage(
        { id: message.id, ok: true, result } satisfies FromSessionWorker,
        moved.map(({ data }) => data.buffer as ArrayBuffer),
      );
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      port.postMessage({ id: message.id, ok: false, error } satisfies FromSessionWorker);
    }
  });
});

async function answer(message: ToSessionWorker): Promise<Answer> {
  switch (message.type) {
    case 'create': {
      const { session, model, watched } = message;
      const { InferenceSession: Sessions } = onnxruntime();
      const watch = watched ? new PlacementWatch() : null;
      const options = { ...message.options, ...watch?.options };
      // The two are different calls to TypeScript alone.
      const creating =
        typeof model === 'string' ? Sessions.create(model, options) : Sessions.create(model, options);
      const created = await creating.catch((thrown: unknown) => {
        watch?.drop();
        throw thrown;
      });
      sessions.set(session, { session: created, watch });
      return { inputs: signature(created.inputMetadata), outputs: signature(created.outputMetadata) };
    }
    case 'run':
      return run(message.session, message.feeds);
    case 'release': {
      const held = sessions.get(message.session);
      sessions.delete(message.session);
      held?.watch?.end(held.session);
      await held?.session.release();
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

async function run(id: number, feeds: Readonly<Record<string, Feed>>): Promise<RunAnswer> {
  const held = sessions.get(id);
  if (held === undefined) throw new Error('this session was released');
  const { session, watch } = held;
  const outputs = await session.run(
    Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toTensor(feed)])),
  );
  const placement = watch === null ? null : watch.end(session);
  if (watch !== null) sessions.set(id, { session, watch: null });
  const values = Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [
      name,
      { data: (value.data as Float32Array | Float64Array).slice(), shape: [...value.dims] },
    ]),
  );
  return { values, placement };
}

function toTensor({ data, shape }: Feed) {
  const { Tensor } = onnxruntime();
  if (data instanceof Float64Array) return new Tensor('float64', data, shape);
  if (data instanceof Float32Array) return new Tensor('float32', data, shape);
  if (data instanceof Uint8Array) return new Tensor('uint8', data, shape);
  return new Tensor('int64', data instanceof BigInt64Array ? data : BigInt64Array.from(data, BigInt), shape);
}
