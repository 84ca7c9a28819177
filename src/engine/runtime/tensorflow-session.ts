import type * as TensorFlow from '@tensorflow/tfjs-core';
import { CoopError } from '../../shared/errors';
import { readWeight } from '../graph/load-weights';
import { type Node, topologicalOrder } from '../graph/node';
import { runTensorFlow } from '../graph/run-tensorflow';
import { deviceFault } from './device-fault';
import { loadRuntime } from './installs/runtimes';
import type { Session } from './session';
import type { Feed, Result } from './session-messages';

type Tf = typeof TensorFlow;

/** Installed by the user: its own installation downloads libtensorflow, which needs CUDA on the machine. */
const MODULES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/**
 * TensorFlow.js with a native backend, where one is installed beside the engine.
 * @throws CoopError `device.unavailable`
 */
export function tensorFlow(load: (name: string) => unknown = loadModule): Tf {
  const failures: string[] = [];
  for (const name of MODULES) {
    try {
      return load(name) as Tf;
    } catch (thrown) {
      failures.push((thrown as Error).message.split('\n')[0]!);
    }
  }
  throw new CoopError('device.unavailable', `tensorflow: ${failures[0]}`, {
    subject: 'tensorflow',
    next: 'Run “coop devices --install-tensorflow” or “CoOp: Install TensorFlow.js Support”.',
  });
}

function loadModule(name: string): unknown {
  return (name === MODULES[0] ? loadRuntime('tensorflow') : undefined) ?? require(name);
}

/** A graph with its weights in TensorFlow's memory. It runs on the calling thread, as TensorFlow.js does. */
export async function createTensorFlowSession<Outputs extends string>(
  tf: Tf,
  outputs: Readonly<Record<Outputs, Node>>,
): Promise<Session<Outputs>> {
  const names = Object.keys(outputs) as Outputs[];
  const nodes = names.map(name => outputs[name]);
  const weights = new Map<Node, TensorFlow.Tensor>();
  for (const node of topologicalOrder(nodes)) {
    if (node.op !== 'weight') continue;
    const { ref } = node.attributes;
    weights.set(node, tf.tensor(await readWeight(ref), [...ref.shape]));
  }
  return {
    device: 'tensorflow',
    run: async feeds => {
      try {
        return tf.tidy(() => {
          const inputs = Object.fromEntries(
            Object.entries(feeds).map(([name, feed]) => [name, toTensor(tf, feed)]),
          );
          const values = runTensorFlow(tf, nodes, inputs, weights);
          return Object.fromEntries(values.map((value, at) => [names[at], toResult(value)]));
        }) as unknown as Record<Outputs, Result>;
      } catch (thrown) {
        throw deviceFault('tensorflow', thrown);
      }
    },
    release: async () => {
      for (const weight of weights.values()) weight.dispose();
      weights.clear();
    },
  };
}

function toTensor(tf: Tf, { data, shape }: Feed): TensorFlow.Tensor {
  if (data instanceof Float32Array) return tf.tensor(data, [...shape], 'float32');
  const whole = data instanceof BigInt64Array ? Int32Array.from(data, Number) : Int32Array.from(data);
  return tf.tensor(whole, [...shape], 'int32');
}

const toResult = (value: TensorFlow.Tensor): Result => ({
  data: Float32Array.from(value.dataSync()),
  shape: [...value.shape],
});
