import assert from 'node:assert/strict';
import { placementOf } from '../../../src/engine/runtime/placement';

/** An event as onnxruntime 1.30 writes it, with the parts that matter. */
const node = (op_name: string, provider: string, type: string, shape: readonly number[]) => ({
  cat: 'Node',
  args: {
    provider: `${provider}ExecutionProvider`,
    op_name,
    output_size: String(shape.reduce((a, b) => a * b, type === 'int64' ? 8 : 4)),
    output_type_shape: [{ [type]: shape }],
  },
});
const placed = (...events: readonly object[]) =>
  placementOf(JSON.stringify([{ cat: 'Session', name: 'session_initialization' }, ...events]));

describe('where the nodes of a graph were computed', () => {
  it('what comes of shapes and labels may be left to the processor', () => {
    const { nodes, onCpu, hot } = placed(
      node('MatMul', 'WebGpu', 'float', [32, 64]),
      node('Shape', 'CPU', 'int64', [1]),
      node('Gather', 'CPU', 'int64', [100_000]),
      node('OneHot', 'CPU', 'float', [32, 1000]),
      node('Where', 'CPU', 'float', [1, 1, 77, 77]),
    );
    assert.deepEqual({ nodes, onCpu, hot }, { nodes: 5, onCpu: 4, hot: [] });
  });

  it('a product, or floats of some size, may not', () => {
    const { hot } = placed(
      node('MatMul', 'CPU', 'float', [2, 2]),
      node('FusedMatMul', 'CPU', 'float', [2, 2]),
      node('Mul', 'CPU', 'float', [100, 512]),
      node('Softmax', 'WebGpu', 'float', [100, 512]),
    );
    assert.deepEqual(hot, ['MatMul', 'FusedMatMul', 'Mul']);
  });
});
