import { CoopError } from '../../shared/errors';
import { emitOnnx } from '../graph/emit-onnx';
import type { Node } from '../graph/node';
import { kernelsOf } from '../graph/provider-kernels';
import { weightBytes } from '../graph/weight-bytes';
import { deviceFault } from './device-fault';
import type { Session, SessionOptions } from './session';
import { sessionHost } from './session-host';
import type { Result } from './session-messages';
import { createTensorFlowSession, tensorFlow } from './tensorflow-session';

/**
 * Compiles graph outputs for a device. Weights are read by onnxruntime from their own files.
 * @throws CoopError `device.unavailable` when the device refuses the graph, `file.corrupt` when weights are cut off
 */
export async function createSession<Outputs extends string>(
  outputs: Readonly<Record<Outputs, Node>>,
  options: SessionOptions = {},
): Promise<Session<Outputs>> {
  const { device = 'cpu', threads, spin = true, whole = false, frugal = false } = options;
  if (device === 'tensorflow') return createTensorFlowSession(tensorFlow(), outputs);
  const { bytes, weightsFolder } = emitOnnx(outputs, { kernels: kernelsOf(device), readInline: weightBytes });
  const config: Record<string, string> = {};
  if (weightsFolder !== null) config['model_external_initializers_file_folder_path'] = weightsFolder;
  if (whole && device !== 'cpu') config['disable_cpu_ep_fallback'] = '1';
  if (frugal) config['disable_prepacking'] = '1';
  if (!spin) config['intra_op.allow_spinning'] = '0';
  const session = sessionHost.newSession();
  try {
    await sessionHost.ask({
      type: 'create',
      session,
      model: bytes,
      options: {
        executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
        graphOptimizationLevel: 'all',
        // Planned memory held 1.4 GB more at 1000 classes, and was no faster.
        enableMemPattern: false,
        enableCpuMemArena: !frugal,
        logSeverityLevel: 3,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
        extra: { session: config },
      },
    });
  } catch (cause) {
    if (cause instanceof CoopError) throw cause;
    throw new CoopError('device.unavailable', `${device}: ${(cause as Error).message}`, {
      cause,
      subject: device,
    });
  }
  return {
    device,
    run: async feeds => {
      try {
        return (await sessionHost.ask({ type: 'run', session, feeds })) as Record<Outputs, Result>;
      } catch (cause) {
        throw deviceFault(device, cause);
      }
    },
    release: async () => {
      await sessionHost.ask({ type: 'release', session });
    },
  };
}
