/** A name of an ensemble or of a learned context, wherever it stands in a line; it is a file's name too. */
export const NAME = /[\p{L}\p{N}_][\p{L}\p{N}_-]*/u;

const WHOLE_NAME = new RegExp(`^${NAME.source}$`, 'u');

export function isName(text: string): boolean {
  return WHOLE_NAME.test(text);
}

/** True for what `{…}` may name as a column of the classes file. */
export function isColumnName(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text);
}
