import type { Expectation, Problem, Span } from './syntax';

const MARK = /^#\s*expect\b/i;
const SYNTAX = /^#\s*expect:\s*acc\s*(>=|>)\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/i;
const NEXT =
  'Write “# expect: acc >= 0.60” on a line above a template, an @ensemble, a @use or @descriptors.';

/** Collects the expectations of a document as its lines go by. */
export class ExpectationReader {
  private readonly found: Expectation[] = [];
  private pending: Omit<Expectation, 'line'> | null = null;

  constructor(private readonly problems: Problem[]) {}

  comment(text: string, span: Span): void {
    if (!MARK.test(text)) return;
    const [, operator, number, sign] = SYNTAX.exec(text) ?? [];
    if (operator === undefined) {
      this.problem(span, 'This expectation cannot be read.');
      return;
    }
    const accuracy = Number(number) / (sign === '%' ? 100 : 1);
    if (accuracy > 1) {
      this.problem(span, `An accuracy of ${number} is more than 1.`, 'Write 0.60, or 60 %.');
      return;
    }
    this.drop();
    this.pending = { operator: operator as '>=' | '>', accuracy, span };
  }

  /** A line that can be expected of. */
  scorable(line: string): void {
    if (this.pending !== null) this.found.push({ line, ...this.pending });
    this.pending = null;
  }

  /** Where no expectation may wait for its line: inside an ensemble, and at the end. */
  drop(): void {
    if (this.pending !== null) this.problem(this.pending.span, 'This expectation has no line of its own.');
    this.pending = null;
  }

  result(): readonly Expectation[] {
    return this.found;
  }

  private problem(span: Span, message: string, next = NEXT): void {
    this.problems.push({ severity: 'error', message, next, span });
  }
}
