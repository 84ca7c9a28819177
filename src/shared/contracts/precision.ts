/** How the matrices of a model's frozen weights are held in memory. Products accumulate in float32 either way. */
export const PRECISIONS = ['float32', 'float16'] as const;
export type Precision = (typeof PRECISIONS)[number];
