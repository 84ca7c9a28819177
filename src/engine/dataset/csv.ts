export interface CsvRecord {
  /** Line of the file on which it starts, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** A text that is no CSV; the message completes "line N …". */
export class CsvProblem extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * RFC 4180: fields in quotes may hold separators, line ends and doubled quotes; lines end with LF, CRLF or CR. Lines
 * without any character are passed over. Where the first line has no comma but a semicolon or a tab, that separates,
 * as spreadsheets in many countries write it.
 * @throws CsvProblem for a quote that is not closed, or text after a closing quote
 */
export function parseCsv(text: string): CsvRecord[] {
  const separator = separatorOf(text);
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  let start = 1;
  while (at < text.length) {
    if (text[at] === '"') {
      const quoted = quotedField(text, at, line);
      fields.push(quoted.value);
      line += quoted.lines;
      at = quoted.end;
      if (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r')
        throw new CsvProblem(line, 'has text after a closing quote');
    } else {
      let end = at;
      while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r')
        end += 1;
      fields.push(text.slice(at, end));
      at = end;
    }
    if (text[at] === separator) {
      at += 1;
      if (at < text.length) continue;
      fields.push('');
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    at += 1;
    line += 1;
    if (fields.length > 1 || fields[0] !== '') records.push({ line: start, fields });
    fields = [];
    start = line;
  }
  return records;
}

function separatorOf(text: string): string {
  const head = /^[^\r\n]*/.exec(text)![0].replace(/"[^"]*"/g, '');
  return [',', ';', '\t'].find(separator => head.includes(separator)) ?? ',';
}

function quotedField(text: string, start: number, line: number) {
  let value = '';
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new CsvProblem(line, 'opens a quote that is not closed');
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    value += '"';
    at += 1;
  }
  return { value, end: at, lines: value.match(/\r\n|\r|\n/g)?.length ?? 0 };
}
