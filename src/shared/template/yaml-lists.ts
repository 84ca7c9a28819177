import { bracketLists, type ListedTemplate, MARKER, NAMED, type TemplateList } from './bracket-lists';
import { unescaped } from './code-tokens';
import { literalLine } from './literal-line';
import { linesOf } from './parse-prompts';

const KEY = /^(\s*(?:- +)*)(?:"([^"]+)"|'([^']+)'|([\w.-]+))\s*:\s*(.*)$/;
const ITEM =
  /^(\s*-\s+)(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^"'\s[{&*!|>#][^#]*?(?:#\S[^#]*?)*))\s*(?:#.*)?$/;

/** Block lists (`- a photo of a {}.`) and flow lists (`[…]`) under a key with `template` or `prompt` in it, or after `# coop`. */
export function yamlTemplateLists(source: string): TemplateList[] {
  const lists: TemplateList[] = [];
  let open: { name: string; head: number; indent: number; templates: ListedTemplate[] } | null = null;
  let marked = false;
  for (const { line, start } of linesOf(source)) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    if (trimmed.startsWith('#')) {
      marked ||= MARKER.test(trimmed);
      continue;
    }
    const indent = line.length - line.trimStart().length;
    const item = open !== null && indent >= open.indent ? ITEM.exec(line) : null;
    if (open !== null && item !== null) {
      const [, dash = '', double, single, plain] = item;
      const value = double === undefined ? (single?.replaceAll("''", "'") ?? plain ?? '') : unescaped(double);
      const written = (double ?? single ?? plain ?? '').length + (plain === undefined ? 2 : 0);
      const from = start + dash.length;
      const found = literalLine(value, { kind: 'placeholders' });
      if (found !== null) open.templates.push({ line: found, span: { start: from, end: from + written } });
      continue;
    }
    // An item of another shape does not end the list.
    if (open !== null && indent >= open.indent && trimmed.startsWith('-')) continue;
    open = null;
    const key = KEY.exec(line);
    if (key === null) continue;
    const name = key[2] ?? key[3] ?? key[4]!;
    const rest = key[5]!;
    const wanted = marked || NAMED.test(name);
    marked = false;
    if (!wanted) continue;
    const value = start + line.length - rest.length;
    if (rest.startsWith('[')) {
      const [flow] = bracketLists(`template = ${source.slice(value)}`, 'python');
      if (flow !== undefined) lists.push(moved(flow, name, value - 'template = '.length));
    } else if (rest === '' || rest.startsWith('#')) {
      open = { name, head: start + line.trimEnd().length, indent: key[1]!.length, templates: [] };
      lists.push(open);
    }
  }
  return lists.filter(({ templates }) => templates.length > 0);
}

function moved({ head, templates }: TemplateList, name: string, by: number): TemplateList {
  return {
    name,
    head: head + by,
    templates: templates.map(({ line, span }) => ({
      line,
      span: { start: span.start + by, end: span.end + by },
    })),
  };
}
