export type Floats = Float32Array | Float64Array;

export interface SgdOptions {
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * One step of torch.optim.SGD without dampening and Nesterov, in place, in the precision of the arrays: the decayed
 * gradient g = gradient + decay·p starts the buffer, later buffer = momentum·buffer + g; p −= rate·buffer.
 * @param buffer null before the first step
 * @returns the momentum buffer
 */
export function sgdStep<Values extends Floats>(
  parameters: Values,
  gradient: Floats,
  buffer: Values | null,
  learningRate: number,
  { momentum, weightDecay }: SgdOptions,
): Values {
  const next = buffer ?? (parameters.slice().fill(0) as Values);
  for (let i = 0; i < parameters.length; i++) {
    const decayed = gradient[i]! + weightDecay * parameters[i]!;
    next[i] = buffer === null ? decayed : momentum * next[i]! + decayed;
    parameters[i] = parameters[i]! - learningRate * next[i]!;
  }
  return next;
}
