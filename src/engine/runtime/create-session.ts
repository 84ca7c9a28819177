import type { InferenceSession } from 'onnxruntime-node';
import { CoopError } from '../../shared/errors';
import { emitOnnx } from '../graph/emit-onnx';
import { type Node, topologicalOrder } from '../graph/node';
import { kernelsOf } from '../graph/provider-kernels';
import { weightBytes } from '../graph/weight-bytes';
import { deviceFault } from './device-fault';
import { halfWeights } from './half-weights';
import type { Device, FileSession, ProcessorShare, Session, SessionOptions } from './session';
import { sessionHost } from './session-host';
import type { Placement, Result, RunAnswer, Signature } from './session-messages';
import { createTensorFlowSession, tensorFlow } from './tensorflow-session';

/**
 * Compiles graph outputs for a device. Weights are read by onnxruntime from their own files.
 * @throws CoopError `device.unavailable` when the device refuses the graph, `file.corrupt` when weights are cut off
 */
export async function createSession<Outputs extends string>(
  outputs: Readonly<Record<Outputs, Node>>,
  options: SessionOptions = {},
): Promise<Session<Outputs>> {
  const { device = 'cpu', threads, spin = true, whole = false, frugal = false, lane } = options;
  if (device === 'tensorflow') return createTensorFlowSession(tensorFlow(), outputs);
  const nodes: readonly Node[] = Object.values(outputs);
  const halves = await halfWeights(nodes);
  const { bytes, weightsFolder } = emitOnnx(outputs, {
    kernels: kernelsOf(device),
    readInline: weightBytes,
    place: ref => halves.get(ref) ?? ref,
  });
  const config: Record<string, string> = {};
  if (weightsFolder !== null) config['model_external_initializers_file_folder_path'] = weightsFolder;
  if (whole && device !== 'cpu') config['disable_cpu_ep_fallback'] = '1';
  if (frugal) config['disable_prepacking'] = '1';
  if (!spin) config['intra_op.allow_spinning'] = '0';
  return open<Outputs>(
    bytes,
    device,
    { threads, lane },
    {
      enableCpuMemArena: !frugal,
      ...(holdsHalves(nodes)
        ? { graphOptimizationLevel: 'layout', extra: { session: config, optimization: KEEP_HALVES } }
        : { extra: { session: config } }),
    },
  );
}

/**
 * Compiles graph outputs for the processor with floats of 64 bits, for what must be exact: constants that are Float64Array
 * keep all of it. onnxruntime has no float64 kernels of `erf`, `gelu` and `silu`.
 * @throws CoopError `device.unavailable` when onnxruntime refuses the graph; Error for one that reads weights of files
 */
export async function createExactSession<Outputs extends string>(
  outputs: Readonly<Record<Outputs, Node>>,
  share: ProcessorShare = {},
): Promise<Session<Outputs, Float64Array>> {
  const nodes: readonly Node[] = Object.values(outputs);
  if (topologicalOrder(nodes).some(({ op }) => op === 'weight'))
    throw new Error('an exact session reads no weights of files');
  const { bytes } = emitOnnx(outputs, { kernels: kernelsOf('cpu'), floats: 'float64' });
  return open<Outputs, Float64Array>(bytes, 'cpu', share, {});
}

/**
 * onnxruntime would widen float16 weights to float32 once and for all, and share one widened copy between the passes. What
 * folding still makes is small; the level above `layout` folds without asking how much.
 */
const KEEP_HALVES = {
  constant_folding_max_output_size_in_bytes: '4096',
  disable_specified_optimizers: 'CommonSubexpressionElimination',
};

const holdsHalves = (outputs: readonly Node[]): boolean =>
  topologicalOrder(outputs).some(({ op, attributes }) => op === 'weight' && attributes.ref.held === 'F16');

/**
 * Compiles an ONNX file as it is; weights beside it (external data) belong to it.
 * @throws CoopError `device.unavailable` when the device or onnxruntime refuses the file
 */
export async function createFileSession(
  file: string,
  { device = 'cpu', threads, spin = true, lane }: SessionOptions = {},
): Promise<FileSession> {
  if (device === 'tensorflow')
    throw new CoopError('device.unavailable', `TensorFlow.js does not read ONNX files such as ${file}.`, {
      subject: device,
      next: 'Choose another device.',
    });
  const session = await open<string>(
    file,
    device,
    { threads, lane },
    spin ? {} : { extra: { session: { 'intra_op.allow_spinning': '0' } } },
  );
  return session;
}

async function open<Outputs extends string, Values extends Float32Array | Float64Array = Float32Array>(
  model: Uint8Array | string,
  device: Exclude<Device, 'tensorflow'>,
  { threads, lane = 0 }: ProcessorShare,
  options: InferenceSession.SessionOptions,
): Promise<Session<Outputs, Values> & Signature> {
  const host = sessionHost(lane);
  const session = host.newSession();
  let signature: Signature;
  try {
    signature = (await host.ask({
      type: 'create',
      session,
      model,
      watched: device !== 'cpu',
      options: {
        executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
        graphOptimizationLevel: 'all',
        // Planned memory held 1.4 GB more at 1000 classes, and was no faster.
        enableMemPattern: false,
        logSeverityLevel: 3,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
        ...options,
      },
    })) as Signature;
  } catch (cause) {
    if (cause instanceof CoopError) throw cause;
    throw new CoopError('device.unavailable', `${device}: ${(cause as Error).message}`, {
      cause,
      subject: device,
    });
  }
  return {
    device,
    ...signature,
    run: async feeds => {
      let answer: RunAnswer;
      try {
        answer = (await host.ask({ type: 'run', session, feeds })) as RunAnswer;
      } catch (cause) {
        throw deviceFault(device, cause);
      }
      if (answer.placement !== null) checkPlacement(device, answer.placement);
      return answer.values as Record<Outputs, Result<Values>>;
    },
    release: async () => {
      await host.ask({ type: 'release', session });
    },
  };
}

/** @throws CoopError `device.unavailable` when the device left to the processor what makes the graph's time */
function checkPlacement(device: Device, { nodes, onCpu, hot }: Placement): void {
  if (hot.length === 0) return;
  const names = [...new Set(hot)];
  const counts = names.slice(0, 4).map(name => `${name} ${hot.filter(each => each === name).length} times`);
  throw new CoopError(
    'device.unavailable',
    `${device} leaves ${onCpu} of the ${nodes} nodes of this graph to the processor, ${counts.join(', ')}${names.length > 4 ? ' …' : ''} among them.`,
    { subject: device, next: 'Choose another device, or update the driver of this one.' },
  );
}
