import { formatTemplate } from './format-template';
import type { Template } from './syntax';

/** M, the length of every learnable slot that states one; null where they differ, or none does. */
export function contextLengthOf({ segments }: Template): number | null {
  const lengths = new Set(
    segments.flatMap(segment => (segment.kind === 'learnable' ? [segment.length] : [])),
  );
  const [only = null] = lengths;
  return lengths.size === 1 ? only : null;
}

/** The template with M vectors in every slot that states a length; words that slots start as keep theirs. */
export function withContextLength(template: Template, length: number): string {
  const segments = template.segments.map(segment =>
    segment.kind === 'learnable' && segment.length !== null ? { ...segment, length } : segment,
  );
  return formatTemplate({ ...template, segments });
}
