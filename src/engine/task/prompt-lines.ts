import { CoopError } from '../../shared/errors';
import { readDescriptorLine } from '../../shared/template/descriptor-line';
import { parseTemplate } from '../../shared/template/parse-template';
import { publishedSet } from '../../shared/template/published-sets';
import {
  type DescriptorSource,
  isPlain,
  type PromptsDocument,
  type Template,
} from '../../shared/template/syntax';

/** Something that gives one text feature per class: a template, or several averaged. */
export interface PromptLine {
  /** How the line is asked for: the template's text, `@ensemble NAME`, `@use SET`, `@descriptors …` or `@waffle …`. */
  readonly line: string;
  readonly kind: 'template' | 'ensemble';
  /** None where every class has prompts of its own. */
  readonly templates: readonly Template[];
  /** Where these come from; null for templates. */
  readonly source: DescriptorSource | null;
}

/** Everything in a document that can be scored as it stands, in order. */
export function scorableLines(document: PromptsDocument): PromptLine[] {
  return [
    ...document.templates.filter(isPlain).map(templateLine),
    ...document.ensembles.map(({ name }) => findLine(document, `@ensemble ${name}`)),
    ...document.directives.uses.map(({ set }) => findLine(document, `@use ${set}`)),
    ...document.directives.descriptors.map(({ line }) => findLine(document, line)),
  ];
}

/**
 * The line a request names. A template need not stand in the document: the editor may be a keystroke ahead.
 * @throws CoopError `template.syntax` when it is no valid template, ensemble or set, or has slots still to be learned
 */
export function findLine(document: PromptsDocument, line: string): PromptLine {
  const [, directive, name] = /^@(ensemble|use)\s+(\S+)/.exec(line) ?? [];
  if (directive === 'ensemble') {
    const ensemble = document.ensembles.find(candidate => candidate.name === name);
    if (ensemble === undefined) throw unknown(line, `there is no ensemble “${name}” in the document`);
    return { line, kind: 'ensemble', templates: ensemble.templates, source: null };
  }
  if (directive === 'use' && name !== undefined) {
    const set = publishedSet(name);
    if (set === undefined) throw unknown(line, `there is no published set “${name}”`);
    return { line, kind: 'ensemble', templates: set.map(parseValid), source: null };
  }
  const [, kind, value = ''] = /^@(descriptors|waffle)\s+(.*)$/s.exec(line) ?? [];
  if (kind === 'descriptors' || kind === 'waffle') {
    const read = readDescriptorLine(kind, value.trim());
    if ('message' in read)
      throw new CoopError('template.syntax', `“${line}”: ${read.message}`, {
        subject: line,
        next: read.next,
      });
    return { line, kind: 'ensemble', templates: [], source: read.source };
  }
  const template = parseValid(line);
  if (!isPlain(template)) {
    throw new CoopError('template.syntax', `“${line}” has slots that are not learned yet.`, {
      subject: line,
      next: 'Run “CoOp: Learn Prompt” on it.',
    });
  }
  return templateLine(template);
}

export function templateLine(template: Template): PromptLine {
  return { line: template.line, kind: 'template', templates: [template], source: null };
}

/** Templates that no document names an ensemble, averaged as one. */
export function averagedLine(templates: readonly Template[]): PromptLine {
  return { line: templates.map(({ line }) => line).join(' · '), kind: 'ensemble', templates, source: null };
}

function parseValid(line: string): Template {
  const { template, problems } = parseTemplate(line);
  if (template !== null) return template;
  const problem = problems[0];
  throw new CoopError('template.syntax', `“${line}”: ${problem?.message ?? 'not a template'}`, {
    subject: line,
    ...(problem === undefined ? {} : { next: problem.next }),
  });
}

function unknown(line: string, cause: string): CoopError {
  return new CoopError('template.syntax', `“${line}”: ${cause}.`, {
    subject: line,
    next: 'Correct the name.',
  });
}
