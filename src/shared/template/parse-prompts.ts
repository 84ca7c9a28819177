import { DirectiveReader } from './directives';
import { ExpectationReader } from './expectations';
import { NAME } from './name-syntax';
import { parseTemplate, spanOf } from './parse-template';
import { type Fix, replaceBy } from './problem-fix';
import {
  type Ensemble,
  isPlain,
  type Problem,
  type PromptsDocument,
  type Span,
  type Template,
} from './syntax';

/** What follows `@ensemble`. */
const ENSEMBLE_HEAD = new RegExp(`^(${NAME.source})\\s*\\($`, 'u');

/** Directives that are scored like a template. */
const SCORED = new Set(['use', 'descriptors', 'waffle']);

interface OpenEnsemble {
  readonly name: string;
  readonly start: number;
  readonly head: Span;
  readonly templates: Template[];
}

/**
 * Parses a whole document. Never throws: what is wrong is in `problems`, and every line that is right still counts.
 * Spans are UTF-16 offsets into `text`.
 */
export function parsePrompts(text: string): PromptsDocument {
  const problems: Problem[] = [];
  const directives = new DirectiveReader(problems);
  const expectations = new ExpectationReader(problems);
  const templates: Template[] = [];
  const ensembles: Ensemble[] = [];
  const seen = new Map<string, Span>();
  let marked: Template | null = null;
  let baselineMark: Span | null = null;
  let open: OpenEnsemble | null = null;

  const lines = linesOf(text);
  let baselineLine: Span | null = null;
  for (const [index, { line, start }] of lines.entries()) {
    const whole = { start, end: lines[index + 1]?.start ?? start + line.length };
    const removal = { title: 'Remove this line', span: whole, replace: '' };
    const body = line.trim();
    const at = start + line.length - line.trimStart().length;
    const span = spanOf(at, 0, body.length);
    if (body === '') continue;
    if (body.startsWith('#')) {
      expectations.comment(body, span);
      continue;
    }
    if (open !== null) expectations.drop();
    if (open !== null && body === ')') {
      ensembles.push({
        name: open.name,
        templates: open.templates,
        span: { start: open.start, end: span.end },
      });
      if (open.templates.length === 0)
        problems.push(
          error(open.head, `The ensemble “${open.name}” is empty.`, 'Put templates between ( and ).', {
            title: 'Add a template',
            span: spanOf(start, 0, 0),
            replace: '  a photo of a {}.\n',
          }),
        );
      open = null;
      continue;
    }
    if (body.startsWith('@')) {
      const [, name = '', rest = ''] = /^@(\S*)\s*(.*)$/s.exec(body)!;
      if (open !== null) {
        problems.push(
          error(
            span,
            `@${name} stands inside the ensemble “${open.name}”.`,
            'Close the ensemble with ) first.',
            { title: 'Close the ensemble before it', span: spanOf(start, 0, 0), replace: ')\n' },
          ),
        );
      } else if (name === 'baseline') {
        if (baselineMark !== null || marked !== null)
          problems.push(
            error(span, '@baseline stands twice.', 'Keep one; it marks the template after it.', removal),
          );
        else if (rest !== '')
          problems.push(
            error(span, '@baseline takes no value.', 'Put the template on the next line.', {
              title: 'Put the template on the next line',
              span,
              replace: `@baseline\n${rest}`,
            }),
          );
        else {
          baselineMark = span;
          baselineLine = whole;
        }
      } else if (name === 'ensemble') {
        open = openEnsemble(rest, span, ensembles, problems);
        if (open !== null) expectations.scorable(`@ensemble ${open.name}`);
      } else {
        if (SCORED.has(name)) expectations.scorable(`@${name} ${rest}`);
        directives.read(name, rest, {
          span,
          whole,
          afterTemplates: templates.length > 0 || ensembles.length > 0,
          top: lines[0]!.start,
        });
      }
      continue;
    }
    if (body === ')') {
      problems.push(
        error(span, 'A ) without its @ensemble.', 'Write \\) for a template that is only this.', removal),
      );
      continue;
    }
    const parsed = parseTemplate(line, start);
    problems.push(...parsed.problems);
    const { template } = parsed;
    if (template === null) continue;
    if (open !== null) {
      if (isPlain(template)) open.templates.push(template);
      else
        problems.push(
          error(
            span,
            'A template to be learned cannot stand in an ensemble.',
            'Learn it on a line of its own.',
            {
              ...removal,
              title: 'Move it before the ensemble',
              also: [{ span: spanOf(open.start, 0, 0), replace: `${body}\n` }],
            },
          ),
        );
      continue;
    }
    expectations.scorable(template.line);
    const twin = seen.get(template.line);
    if (twin === undefined) seen.set(template.line, span);
    else
      problems.push({
        ...error(span, 'This template stands twice.', 'Remove one of the two lines.', removal),
        severity: 'warning',
      });
    templates.push(template);
    if (baselineMark !== null && marked === null) {
      if (isPlain(template)) marked = template;
      else
        problems.push(
          error(
            baselineMark,
            'The baseline cannot be a template that is still to be learned.',
            'Put @baseline before a plain template.',
            { title: 'Remove @baseline', span: baselineLine!, replace: '' },
          ),
        );
      baselineMark = null;
    }
  }
  expectations.drop();
  if (open !== null) {
    ensembles.push({
      name: open.name,
      templates: open.templates,
      span: { start: open.start, end: text.length },
    });
    problems.push(
      error(
        open.head,
        `The ensemble “${open.name}” is not closed.`,
        'Add a line with ) after its last template.',
        {
          title: 'Close it',
          span: spanOf(open.templates.at(-1)?.span.end ?? open.head.end, 0, 0),
          replace: '\n)',
        },
      ),
    );
  }
  if (baselineMark !== null)
    problems.push(
      error(
        baselineMark,
        'No template follows @baseline.',
        'Put it on the line before the baseline template.',
        { title: 'Remove @baseline', span: baselineLine!, replace: '' },
      ),
    );
  return {
    directives: directives.result(),
    templates,
    ensembles,
    expectations: expectations.result(),
    baseline: marked ?? templates.find(isPlain) ?? null,
    problems,
  };
}

function openEnsemble(
  rest: string,
  span: Span,
  ensembles: readonly Ensemble[],
  problems: Problem[],
): OpenEnsemble | null {
  const match = ENSEMBLE_HEAD.exec(rest);
  if (match === null) {
    problems.push(
      error(
        span,
        'An ensemble begins with its name and (.',
        'Write “@ensemble NAME (”, templates on lines of their own, and ) on the last line.',
        replaceBy(`@ensemble ${NAME.exec(rest)?.[0] ?? 'mine'} (`, span),
      ),
    );
    return null;
  }
  const name = match[1]!;
  if (ensembles.some(ensemble => ensemble.name === name))
    problems.push(
      error(
        span,
        `There are two ensembles “${name}”.`,
        'Rename one of them.',
        replaceBy(`@ensemble ${name}-${ensembles.length + 1} (`, span),
      ),
    );
  return { name, start: span.start, head: span, templates: [] };
}

function error(span: Span, message: string, next: string, fix: Fix): Problem {
  return { severity: 'error', message, next, span, fix };
}

/** Lines without their ends (LF, CRLF, CR) and where they start; a byte order mark is skipped. */
export function linesOf(text: string): { readonly line: string; readonly start: number }[] {
  const lines: { line: string; start: number }[] = [];
  const pattern = /\r\n|\n|\r/g;
  let start = text.startsWith('\ufeff') ? 1 : 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    lines.push({ line: text.slice(start, match.index), start });
    start = pattern.lastIndex;
  }
  lines.push({ line: text.slice(start), start });
  return lines;
}
