import type { Segment, Template } from './syntax';

/** The canonical text of a template: aliases as `{}`, escapes only where they are needed. */
export function formatTemplate(template: Template): string {
  const text = template.segments.map(formatSegment).join('');
  // At the start of a line these would be a comment, a directive or the end of an ensemble; outer blanks would be lost.
  return text.replace(/^[#@)\s]/u, '\\$&').replace(/\s$/u, '\\$&');
}

export function formatSegment(segment: Segment): string {
  switch (segment.kind) {
    case 'text':
      return escapeText(segment.text);
    case 'class':
      return '{}';
    case 'column':
      return `{${segment.name}}`;
    case 'learnable': {
      const perClass = segment.perClass ? ' per-class' : '';
      return segment.init === null
        ? `[V:${segment.length}${perClass}]`
        : `[V = "${segment.init}"${perClass}]`;
    }
    case 'words':
      return `[words:${segment.length}]`;
    case 'learned':
      return segment.slot === 1 ? `<${segment.name}>` : `<${segment.name}.${segment.slot}>`;
  }
}

function escapeText(text: string): string {
  return text
    .replace(/[\\{}]/g, '\\$&')
    .replace(/\[(?=\s*(?:v|words?))/gi, '\\[')
    .replace(/<(?=[\p{L}\p{N}_|])/gu, '\\<');
}
