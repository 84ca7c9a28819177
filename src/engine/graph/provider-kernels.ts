/**
 * Which operators an execution provider of onnxruntime has kernels for. An operator without one runs on the CPU, with a
 * copy each way and a wait for the device; emitted as smaller operators it stays where the data are.
 */
export interface ProviderKernels {
  /** `FusedMatMul` of com.microsoft: transposes and scale inside the product. */
  readonly fusedMatmul: boolean;
  /** `Gelu` of com.microsoft, exact. */
  readonly gelu: boolean;
  readonly logSoftmax: boolean;
}

const CPU: ProviderKernels = { fusedMatmul: true, gelu: true, logSoftmax: true };

/** As onnxruntime 1.30 places them (test/webgpu). */
const WEBGPU: ProviderKernels = { fusedMatmul: false, gelu: true, logSoftmax: false };

/** Operators of the ONNX standard only; CUDA's optimiser fuses them again by itself. */
const STANDARD: ProviderKernels = { fusedMatmul: false, gelu: false, logSoftmax: true };

export function kernelsOf(device: string): ProviderKernels {
  if (device === 'cpu') return CPU;
  return device === 'webgpu' ? WEBGPU : STANDARD;
}
