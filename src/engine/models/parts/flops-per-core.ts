/** What a core sustains in onnxruntime's matrix products, in floating-point operations a second; for estimates only. */
export const FLOPS_PER_CORE = 60e9;
