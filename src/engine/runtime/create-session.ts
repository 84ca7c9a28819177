import type { InferenceSession } from 'onnxruntime-node';
import { CoopError } from '../../shared/errors';
import { emitOnnx } from '../graph/emit-onnx';
import type { Node } from '../graph/node';
import { kernelsOf } from '../graph/provider-kernels';
import { weightBytes } from '../graph/weight-bytes';
import { deviceFault } from './device-fault';
import type { Device, FileSession, Session, SessionOptions } from './session';
import { sessionHost } from './session-host';
import type { Result, Signature } from './session-messages';
import { createTensorFlowSession, tensorFlow } from './tensorflow-session';

/**
 * Compiles graph outputs for a device. Weights are read by onnxruntime from their own files.
 * @throws CoopError `device.unavailable` when the device refuses the graph, `file.corrupt` when weights are cut off
 */
export async function createSession<Outputs extends string>(
  outputs: Readonly<Record<Outputs, Node>>,
  options: SessionOptions = {},
): Promise<Session<Outputs>> {
  const { device = 'cpu', threads, spin = true, whole = false, frugal = false, lane = 0 } = options;
  if (device === 'tensorflow') return createTensorFlowSession(tensorFlow(), outputs);
  const { bytes, weightsFolder } = emitOnnx(outputs, { kernels: kernelsOf(device), readInline: weightBytes });
  const config: Record<string, string> = {};
  if (weightsFolder !== null) config['model_external_initializers_file_folder_path'] = weightsFolder;
  if (whole && device !== 'cpu') config['disable_cpu_ep_fallback'] = '1';
  if (frugal) config['disable_prepacking'] = '1';
  if (!spin) config['intra_op.allow_spinning'] = '0';
  return open<Outputs>(bytes, device, lane, {
    enableCpuMemArena: !frugal,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    extra: { session: config },
  });
}

/**
 * Compiles an ONNX file as it is; weights beside it (external data) belong to it.
 * @throws CoopError `device.unavailable` when the device or onnxruntime refuses the file
 */
export async function createFileSession(
  file: string,
  { device = 'cpu', threads, spin = true, lane = 0 }: SessionOptions = {},
): Promise<FileSession> {
  if (device === 'tensorflow')
    throw new CoopError('device.unavailable', `TensorFlow.js does not read ONNX files such as ${file}.`, {
      subject: device,
      next: 'Choose another device.',
    });
  const session = await open<string>(file, device, lane, {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(spin ? {} : { extra: { session: { 'intra_op.allow_spinning': '0' } } }),
  });
  return session;
}

async function open<Outputs extends string>(
  model: Uint8Array | string,
  device: Exclude<Device, 'tensorflow'>,
  lane: number,
  options: InferenceSession.SessionOptions,
): Promise<Session<Outputs> & Signature> {
  const host = sessionHost(lane);
  const session = host.newSession();
  let signature: Signature;
  try {
    signature = (await host.ask({
      type: 'create',
      session,
      model,
      options: {
        executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
        graphOptimizationLevel: 'all',
        // Planned memory held 1.4 GB more at 1000 classes, and was no faster.
        enableMemPattern: false,
        logSeverityLevel: 3,
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
      try {
        return (await host.ask({ type: 'run', session, feeds })) as Record<Outputs, Result>;
      } catch (cause) {
        throw deviceFault(device, cause);
      }
    },
    release: async () => {
      await host.ask({ type: 'release', session });
    },
  };
}
