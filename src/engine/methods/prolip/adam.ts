/** What Adam remembers of one parameter array. */
export interface AdamState {
  /** Running means of the gradient and of its square. */
  readonly first: Float32Array;
  readonly second: Float32Array;
}

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

export function freshAdam(size: number): AdamState {
  return { first: new Float32Array(size), second: new Float32Array(size) };
}

/**
 * One step of Adam without weight decay, in place (Kingma & Ba, ICLR 2015, algorithm 1; torch.optim.Adam).
 * @param step from 1
 */
export function adamStep(
  parameters: Float32Array,
  gradient: Float32Array,
  { first, second }: AdamState,
  learningRate: number,
  step: number,
  epsilon = EPSILON,
): void {
  const [correct1, correct2] = [1 - BETA1 ** step, 1 - BETA2 ** step];
  for (let i = 0; i < parameters.length; i++) {
    const g = gradient[i]!;
    first[i] = BETA1 * first[i]! + (1 - BETA1) * g;
    second[i] = BETA2 * second[i]! + (1 - BETA2) * g * g;
    const size = Math.sqrt(second[i]! / correct2) + epsilon;
    parameters[i] = parameters[i]! - (learningRate * (first[i]! / correct1)) / size;
  }
}
