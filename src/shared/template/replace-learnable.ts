import { formatSegment } from './format-template';
import type { Template } from './syntax';

/** The line after learning: each slot that was learned is `<name>`, or `<name.1>`, `<name.2>` … when there were several. */
export function replaceLearnable(template: Template, name: string): string {
  const learned = template.segments.filter(({ kind }) => kind === 'learnable' || kind === 'words').length;
  let slot = 0;
  return template.segments
    .map(segment => {
      if (segment.kind !== 'learnable' && segment.kind !== 'words') return formatSegment(segment);
      slot += 1;
      return learned === 1 ? `<${name}>` : `<${name}.${slot}>`;
    })
    .join('');
}
