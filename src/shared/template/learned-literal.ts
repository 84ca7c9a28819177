/**
 * A string literal of source code with another template in it: prefix, quotes and what stands for the class name stay.
 * @param source the literal as it is written, such as `f'a photo of a {c}.'`, or a plain YAML scalar
 * @param line a template with `{}` for the class name
 */
export function withTemplate(source: string, line: string): string {
  const slot = /\$?\{[^{}]*\}|%s/.exec(source)?.[0] ?? '{}';
  const text = line.replaceAll('{}', () => slot);
  const [, prefix, quote] = /^([a-z]{0,2})("""|'''|["'`])/i.exec(source) ?? [];
  if (quote === undefined) return isPlainScalar(text) ? text : `'${text.replaceAll("'", "''")}'`;
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(quote.charAt(0), `\\${quote.charAt(0)}`);
  return `${prefix}${quote}${escaped}${quote}`;
}

/** Whether YAML reads it as it is written: it does not begin with an indicator, and has no mapping and no comment (YAML 1.2.2, 7.3.3). */
const isPlainScalar = (text: string) => /^[\w<]/.test(text) && !/:(?:\s|$)|\s#|\s$/.test(text);
