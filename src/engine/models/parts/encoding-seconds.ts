import { FLOPS_PER_CORE } from './flops-per-core';

/** Reading, decoding and resizing one photo on one core. */
const DECODE_S = 0.004;

/** Seconds that encoding images or views of them takes on this machine's processor, decoding included, a guess. */
export function encodingSeconds(images: number, flopsPerImage: number, threads: number): number {
  return (images * (flopsPerImage / FLOPS_PER_CORE + DECODE_S)) / threads;
}
