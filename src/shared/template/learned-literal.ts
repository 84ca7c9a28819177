/**
 * A string literal of source code with another template in it: prefix, quotes and what stands for the class name stay.
 * @param source the literal as it is written, such as `f'a photo of a {c}.'`, or a plain YAML scalar
 * @param line a template with `{}` for the class name
 */
export function withTemplate(source: string, line: string): string {
  const slot = /\$?\{[^{}]*\}|%s/.exec(source)?.[0] ?? '{}';
  const text = line.replaceAll('{}', () => slot);
  const [, prefix, quote] = /^([a-z]{0,2})("""|'''|["'`])/i.exec(source) ?? [];
  // A YAML scalar without quotes takes any template but one that begins like a list or a map.
  if (quote === undefined) return /^[\w<]/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(quote.charAt(0), `\\${quote.charAt(0)}`);
  return `${prefix}${quote}${escaped}${quote}`;
}
