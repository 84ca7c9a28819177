import { formatTemplate } from './format-template';
import { linesOf } from './parse-prompts';
import { parseTemplate } from './parse-template';
import type { TextChange } from './syntax';

/**
 * The changes that bring a document into its usual form: canonical templates, members of an ensemble two blanks in, one
 * blank after a directive's name, nothing at the ends of lines. Lines with errors and comments' words stay as they are.
 */
export function formatPrompts(text: string): TextChange[] {
  const changes: TextChange[] = [];
  let inside = false;
  for (const { line, start } of linesOf(text)) {
    const body = line.trim();
    if (body === ')') inside = false;
    const formatted = formatLine(line, body, inside);
    if (/^@ensemble\s.*\($/.test(body)) inside = true;
    if (formatted !== line) changes.push({ span: { start, end: start + line.length }, replace: formatted });
  }
  return changes;
}

function formatLine(line: string, body: string, inside: boolean): string {
  const indent = inside && body !== '' ? '  ' : '';
  if (body === '' || body === ')' || body.startsWith('#')) return indent + body;
  if (body.startsWith('@')) return body.replace(/^(@\S+)\s+/, '$1 ');
  const { template } = parseTemplate(line);
  return template === null ? line : indent + formatTemplate(template);
}
