import type * as OnnxRuntime from 'onnxruntime-node';
import { CoopError } from '../../shared/errors';
import { loadRuntime } from './installs/runtimes';
import { requireNoTelemetry } from './no-telemetry';

let loaded: typeof OnnxRuntime | undefined;

/**
 * The native onnxruntime module, loaded at first use and never in the extension host.
 * @throws CoopError `engine.runtime` when the binary for this platform is missing or cannot be loaded
 */
export function onnxruntime(): typeof OnnxRuntime {
  if (loaded !== undefined) return loaded;
  requireNoTelemetry();
  try {
    loaded = (withCuda() ?? require('onnxruntime-node')) as typeof OnnxRuntime;
  } catch (cause) {
    throw new CoopError(
      'engine.runtime',
      `onnxruntime could not be loaded on ${process.platform}-${process.arch} with Node ${process.version}: ${(cause as Error).message}`,
      {
        cause,
        next: 'Use Node 20 or newer on linux-x64, linux-arm64, win32-x64, win32-arm64 or darwin-arm64.',
      },
    );
  }
  return loaded;
}

/** The same version with its CUDA libraries beside it, where a person installed it: they are looked for in its own folder. */
function withCuda(): unknown {
  try {
    return loadRuntime('cuda');
  } catch {
    // A broken copy keeps nobody from the other devices; the probe of cuda says what is wrong with it.
    return undefined;
  }
}
