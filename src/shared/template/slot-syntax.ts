import { isColumnName, NAME } from './name-syntax';
import { replaceBy } from './problem-fix';
import type { Problem, Segment, Span } from './syntax';

/** Other spellings of `{}`, as template lists in Python write them. */
export const SLOT_ALIASES: readonly string[] = ['c', 'label', 'class'];

/** No text tower has more positions; the model's own limit is checked where the model is known. */
const MAX_VECTORS = 1000;

/** A learned context, and perhaps the number of its slot. */
const LEARNED = new RegExp(`^<(${NAME.source})(?:\\.(\\d+))?>`, 'u');

type SlotMatch = { readonly length: number } & (
  | { readonly segment: Segment }
  | { readonly problem: Problem }
);

/** The slot, or the near miss of one, that begins at a character; null where it is plain text. */
export function slotAt(body: string, at: number, base: number): SlotMatch | null {
  switch (body[at]) {
    case '{':
      return braces(body, at, base);
    case '}':
      return {
        length: 1,
        problem: escapeProblem('A } without its {', '}', { start: base + at, end: base + at + 1 }),
      };
    case '[':
      return brackets(body, at, base);
    case '<':
      return angles(body, at, base);
    default:
      return null;
  }
}

function braces(body: string, at: number, base: number): SlotMatch {
  const whole = /^\{([^{}]*)\}/.exec(body.slice(at));
  if (whole === null) {
    return {
      length: 1,
      problem: escapeProblem('A { without its }', '{', { start: base + at, end: base + at + 1 }),
    };
  }
  const [raw, inner] = [whole[0], whole[1]!];
  const span = { start: base + at, end: base + at + raw.length };
  const { length } = raw;
  if (inner === '' || SLOT_ALIASES.includes(inner)) return { length, segment: { kind: 'class', span } };
  if (isColumnName(inner)) return { length, segment: { kind: 'column', name: inner, span } };
  const trimmed = inner.trim();
  const replace = isColumnName(trimmed) ? `{${trimmed}}` : '{}';
  return {
    length,
    problem: {
      severity: 'error',
      message: `${raw} is no slot.`,
      next: 'Write {} for the class name, {column} for a column of the classes file, or \\{ for a brace in the text.',
      span,
      fix: replaceBy(replace, span),
    },
  };
}

function brackets(body: string, at: number, base: number): SlotMatch | null {
  const whole = /^\[([^[\]]*)\]/.exec(body.slice(at));
  if (whole === null) return null;
  const [raw, inner] = [whole[0], whole[1]!];
  const { length } = raw;
  const span = { start: base + at, end: base + at + length };
  const vectors = /^V:(\d+)( per-class)?$/.exec(inner);
  if (vectors !== null) {
    const count = Number(vectors[1]);
    if (count < 1 || count > MAX_VECTORS) return { length, problem: wrongCount(raw, span) };
    return {
      length,
      segment: { kind: 'learnable', length: count, perClass: vectors[2] !== undefined, init: null, span },
    };
  }
  const words = /^V ?= ?"([^"]*)"( per-class)?$/.exec(inner);
  if (words !== null) {
    const init = words[1]!.trim();
    if (init === '') return { length, problem: wrongCount(raw, span) };
    return {
      length,
      segment: { kind: 'learnable', length: null, perClass: words[2] !== undefined, init, span },
    };
  }
  const real = /^words:(\d+)$/.exec(inner);
  if (real !== null) {
    const count = Number(real[1]);
    if (count < 1 || count > MAX_VECTORS) return { length, problem: wrongCount(raw, span) };
    return { length, segment: { kind: 'words', length: count, span } };
  }
  const replace = nearestBracket(inner);
  if (replace === null) return null;
  return {
    length,
    problem: {
      severity: 'error',
      message: `${raw} looks like a learnable slot but is not one.`,
      next: 'Write [V:16], [V:16 per-class], [V = "a photo of a"] or [words:4], or \\[ for a bracket in the text.',
      span,
      fix: replaceBy(replace, span),
    },
  };
}

/** What was probably meant by the inside of brackets; null where nothing like a slot was. */
function nearestBracket(inner: string): string | null {
  const text = inner.trim();
  const quoted = /^v\s*[:=]?\s*["'“”](.*)["'“”](\s+per.?class)?$/is.exec(text);
  if (quoted !== null) return `[V = "${quoted[1]!.trim()}"${quoted[2] === undefined ? '' : ' per-class'}]`;
  const vectors = /^v\s*[:=*x_]?\s*(\d*)\s*(.*)$/is.exec(text);
  if (vectors !== null && (vectors[1] !== '' || /^v\s*[:=]/i.test(text) || text.toLowerCase() === 'v')) {
    const perClass = /per|class|csc/i.test(vectors[2]!) ? ' per-class' : '';
    return `[V:${Number(vectors[1]) || 16}${perClass}]`;
  }
  const words = /^words?\s*(?:$|(\d+)$|[:=]\D*(\d*))/i.exec(text);
  return words === null ? null : `[words:${Number(words[1] ?? words[2]) || 4}]`;
}

function wrongCount(raw: string, span: Span): Problem {
  const replace = raw.startsWith('[words') ? '[words:4]' : '[V:16]';
  return {
    severity: 'error',
    message: `${raw} gives nothing to learn, or more than ${MAX_VECTORS} vectors.`,
    next: `Write a number from 1 to ${MAX_VECTORS}; the paper uses 16 or 4.`,
    span,
    fix: replaceBy(replace, span),
  };
}

function angles(body: string, at: number, base: number): SlotMatch | null {
  const rest = body.slice(at);
  const special = /^<(?:\|(?:startoftext|endoftext)\||start_of_text|end_of_text)>/i.exec(rest);
  if (special !== null) {
    const { length } = special[0];
    const span = { start: base + at, end: base + at + length };
    return {
      length,
      problem: {
        severity: 'error',
        message: `${special[0]} would end or begin the prompt inside the template.`,
        next: 'Remove it: start and end of the prompt are added by themselves.',
        span,
        fix: { title: 'Remove it', span, replace: '' },
      },
    };
  }
  const learned = LEARNED.exec(rest);
  if (learned === null) return null;
  const { length } = learned[0];
  const span = { start: base + at, end: base + at + length };
  const slot = learned[2] === undefined ? 1 : Number(learned[2]);
  if (slot < 1 || !Number.isSafeInteger(slot)) {
    return {
      length,
      problem: {
        severity: 'error',
        message: `${learned[0]}: slots of a learned context count from 1.`,
        next: 'Write the number of the slot, or none for the first.',
        span,
        fix: replaceBy(`<${learned[1]}>`, span),
      },
    };
  }
  return { length, segment: { kind: 'learned', name: learned[1]!, slot, span } };
}

function escapeProblem(what: string, character: string, span: Span): Problem {
  return {
    severity: 'error',
    message: `${what}.`,
    next: `Write {} for the class name, or \\${character} for the character itself.`,
    span,
    fix: replaceBy(`\\${character}`, span),
  };
}
