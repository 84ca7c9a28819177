import type { Problem, Span } from './syntax';

export type Fix = NonNullable<Problem['fix']>;

/** The fix that writes something else in place of what stands there, and says so. */
export function replaceBy(replace: string, span: Span): Fix {
  return { title: `Replace by ${replace}`, span, replace };
}
