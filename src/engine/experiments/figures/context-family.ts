import type { Template } from '../../../shared/template/syntax';

/** What layouts have in common that differ in their numbers of learned vectors alone. */
export const contextFamily = (layout: string): string => layout.replace(/\[V:\d+/g, '[V');

/** Learned vectors of a prompt; those of one class where each class has its own. */
export function learnedVectors({ segments }: Template): number {
  return segments.reduce(
    (sum, segment) =>
      segment.kind === 'learnable' ? sum + (segment.length ?? segment.init?.split(/\s+/).length ?? 0) : sum,
    0,
  );
}
