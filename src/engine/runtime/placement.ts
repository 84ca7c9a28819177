import type { Placement } from './session-messages';

/** The parts of an event of onnxruntime's profile that are read. */
interface ProfileEvent {
  readonly args?: {
    readonly provider?: string;
    readonly op_name?: string;
    readonly output_size?: string;
    readonly output_type_shape?: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Products and what stands between them in every layer, of our graphs and of published ONNX files. */
const HEAVY =
  /MatMul|Gemm|Conv|Attention|Softmax|LayerNorm|Gelu|Erf|QuantizeLinear|AveragePool|Gather$|Scatter/i;
const LARGE_BYTES = 65536;
const CPU = 'CPUExecutionProvider';

/**
 * Where the nodes of one run were computed. What comes of shapes and labels belongs on the processor; a product, or floats of
 * some size, there costs two copies and a wait in every run.
 * @param profile onnxruntime's, JSON
 */
export function placementOf(profile: string): Placement {
  const events = JSON.parse(profile) as readonly ProfileEvent[];
  const nodes = events.flatMap(({ args }) => (args?.provider === undefined ? [] : [args]));
  const onCpu = nodes.filter(({ provider }) => provider === CPU);
  const hot = onCpu.filter(
    ({ op_name: name = '', output_size: bytes = '0', output_type_shape: types = [] }) => {
      const floats = types.some(type => 'float' in type || 'float16' in type);
      return floats && name !== 'OneHot' && (HEAVY.test(name) || Number(bytes) >= LARGE_BYTES);
    },
  );
  return {
    nodes: nodes.length,
    onCpu: onCpu.length,
    hot: hot.map(({ op_name: name = '' }) => name),
  };
}
