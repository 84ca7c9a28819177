import { ONNX_TYPE, type OnnxModel } from '../../graph/onnx-model';
import type { PreprocessSpec } from '../../images/preprocess';
import { PRECISION_BITS } from '../../images/resize-weights';

const A = -0.5;
const UNIT = 2 ** PRECISION_BITS;
const MAX_LEVEL = 255;
const SUPPORT = { bicubic: 2, bilinear: 1 } as const;

/**
 * Resize and centre crop inside an ONNX model: uint8 [1, H, W, 3] of any size → uint8 [1, size, size, 3]. ONNX's own Resize
 * does not round to 8 bits between the passes, nor its weights to fixed point, as Pillow does; so Pillow's rule
 * (`images/resize.ts`) is written out: two products with weight matrices, of whole numbers in float64 and so exact.
 */
export function onnxPreprocess(model: OnnxModel, image: string, spec: PreprocessSpec): string {
  return new Preprocess(model, spec).pixels(image);
}

class Preprocess {
  constructor(
    private readonly model: OnnxModel,
    private readonly spec: PreprocessSpec,
  ) {}

  pixels(image: string): string {
    const { size } = this.spec;
    const [height, width] = [this.side(image, 1), this.side(image, 2)];
    const [toHeight, toWidth] = this.resized(height, width);
    const down = this.weights(height, toHeight, this.start(toHeight, size));
    const across = this.op('Transpose', this.weights(width, toWidth, this.start(toWidth, size)));
    const frame = this.op('Squeeze', image, this.model.int64([0]));
    const planes = this.cast(this.model.node('Transpose', [frame], { perm: [2, 0, 1] }), ONNX_TYPE.F64);
    const lost = this.op('Sub', height, toHeight);
    const rowsFirst = this.op(
      'And',
      this.op('Greater', lost, this.number(0)),
      this.op('Greater', lost, this.op('Mul', this.number(2), this.op('Sub', width, toWidth))),
    );
    const resampled = this.model.either(rowsFirst, {
      yes: branch => {
        const rows = rounded(branch, branch.node('MatMul', [down, planes]));
        return rounded(branch, branch.node('MatMul', [rows, across]));
      },
      no: branch => {
        const columns = rounded(branch, branch.node('MatMul', [planes, across]));
        return rounded(branch, branch.node('MatMul', [down, columns]));
      },
    });
    const levels = this.cast(resampled, ONNX_TYPE.uint8);
    const cut = this.model.node('Transpose', [levels], { perm: [1, 2, 0] });
    return this.op('Unsqueeze', cut, this.model.int64([0]));
  }

  private op(type: string, ...inputs: readonly string[]): string {
    return this.model.node(type, inputs);
  }

  private number(value: number): string {
    return this.model.float64([value], []);
  }

  private cast(x: string, to: number): string {
    return this.model.node('Cast', [x], { to });
  }

  /** An axis' length, as a float64 scalar. */
  private side(image: string, axis: number): string {
    const length = this.model.node('Shape', [image], { start: axis, end: axis + 1 });
    return this.cast(this.op('Squeeze', length, this.model.int64([0])), ONNX_TYPE.F64);
  }

  /** Height and width after resizing; the longer side truncated, as `preprocess` does. */
  private resized(height: string, width: string): [string, string] {
    const { resize } = this.spec;
    if (!('shortest' in resize)) return [this.number(resize.height), this.number(resize.width)];
    const shorter = this.op('Min', height, width);
    const to = (side: string) =>
      this.op('Floor', this.op('Div', this.op('Mul', this.number(resize.shortest), side), shorter));
    return [to(height), to(width)];
  }

  /** Where the centre begins. ONNX's Round takes halves to even. */
  private start(resized: string, size: number): string {
    const half = this.op('Div', this.op('Sub', resized, this.number(size)), this.number(2));
    return this.op(this.spec.crop === 'floor' ? 'Floor' : 'Round', half);
  }

  /** [size, length] weights in units of 2^-22: `resizeWeights`, with a column for every sample of the source. */
  private weights(length: string, resized: string, start: string): string {
    const { size, interpolation } = this.spec;
    const number = (value: number) => this.number(value);
    const scale = this.op('Div', length, resized);
    const stretch = this.op('Max', scale, number(1));
    const support = this.op('Mul', stretch, number(SUPPORT[interpolation]));
    const places = this.model.float64(
      Array.from({ length: size }, (_, at) => at + 0.5),
      [size, 1],
    );
    const center = this.op('Mul', this.op('Add', start, places), scale);
    const edge = (x: string) => this.op('Floor', this.op('Add', x, number(0.5)));
    const low = edge(this.op('Sub', center, support));
    const high = edge(this.op('Add', center, support));
    const [zero, one] = [this.model.int64([0], []), this.model.int64([1], [])];
    const samples = this.cast(this.op('Range', zero, this.cast(length, ONNX_TYPE.int64), one), ONNX_TYPE.F64);
    const inside = this.op('And', this.op('GreaterOrEqual', samples, low), this.op('Less', samples, high));
    const offset = this.op('Add', this.op('Sub', samples, center), number(0.5));
    const distance = this.op('Abs', this.op('Mul', offset, this.op('Div', number(1), stretch)));
    const kernel = this.op('Mul', this.kernel(distance), this.cast(inside, ONNX_TYPE.F64));
    const sum = this.model.node('ReduceSum', [kernel, this.model.int64([1])], { keepdims: 1 });
    const scaled = this.op('Mul', this.op('Div', kernel, sum), number(UNIT));
    return this.op('Mul', this.op('Sign', scaled), edge(this.op('Abs', scaled)));
  }

  private kernel(x: string): string {
    const number = (value: number) => this.number(value);
    const op = (type: string, ...inputs: readonly string[]) => this.op(type, ...inputs);
    if (this.spec.interpolation === 'bilinear') return op('Max', number(0), op('Sub', number(1), x));
    const within = (limit: number) => this.cast(op('Less', x, number(limit)), ONNX_TYPE.F64);
    const slope = op('Sub', op('Mul', x, number(A + 2)), number(A + 3));
    const near = op('Add', op('Mul', op('Mul', slope, x), x), number(1));
    const cubic = op('Add', op('Mul', op('Sub', x, number(5)), x), number(8));
    const far = op('Mul', op('Sub', op('Mul', cubic, x), number(4)), number(A));
    const isNear = within(1);
    return op('Add', op('Mul', near, isNear), op('Mul', far, op('Sub', within(2), isNear)));
  }
}

/** Fixed point to 0…255, halves up. */
function rounded(model: OnnxModel, sums: string): string {
  const number = (value: number) => model.float64([value], []);
  const shifted = model.node('Add', [sums, number(UNIT / 2)]);
  const levels = model.node('Floor', [model.node('Div', [shifted, number(UNIT)])]);
  return model.node('Clip', [levels, number(0), number(MAX_LEVEL)]);
}
