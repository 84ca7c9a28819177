import path from 'node:path';
import { readTextFile } from '../../files/disk/read-text-file';
import { CoopError } from '../../shared/errors';
import { CsvProblem, parseCsv } from './csv';
import { insideRoot } from './inside-root';
import { partOfName } from './part-names';
import type { Candidate, Found } from './scan';

/** The columns (keys) of a list and the names other tools give them. */
const COLUMNS = {
  file: ['file', 'path', 'image', 'filename', 'file_name', 'image_path', 'filepath'],
  label: ['label', 'class', 'class_name', 'classname', 'category'],
  split: ['split', 'part', 'subset', 'set'],
} as const;

type Column = keyof typeof COLUMNS;
/** One entry as written; what is absent or empty is undefined. */
type Row = { readonly line: number } & Readonly<Record<Column, string | undefined>>;

/**
 * Reads a list of images: CSV with the head `file,label[,split]`, or JSONL with these keys in every line. Paths start
 * at the list's folder. A list without labels is flat; `split` is train, val or test, for all entries or for none.
 * @throws CoopError `manifest.invalid` naming the line; `file.access`, `file.limit`
 */
export async function readManifest(file: string): Promise<Found> {
  return parseManifest(await readTextFile(file, 'manifest.invalid'), file);
}

/** As `readManifest`, for the text of the file. */
export function parseManifest(text: string, file: string): Found {
  const rows =
    /\.(jsonl|ndjson)$/i.test(file) || /^\ufeff?\s*\{/.test(text)
      ? jsonRows(text, file)
      : csvRows(text, file);
  if (rows.length === 0) throw invalid(file, `${file} lists no images.`);
  const root = path.dirname(file);
  const labelled = rows.some(({ label }) => label !== undefined);
  const split = rows.some(row => row.split !== undefined);
  const lines = new Map<string, number>();
  const candidates = rows.map((row): Candidate => {
    const where = `${file}, line ${row.line},`;
    if (row.file === undefined) throw invalid(file, `${where} names no file.`);
    const inside = insideRoot(root, row.file);
    if (inside === null)
      throw invalid(file, `${where} names ${row.file}, which lies outside of the list’s folder.`);
    const known = lines.get(inside);
    if (known !== undefined) throw invalid(file, `${where} repeats ${inside} of line ${known}.`);
    lines.set(inside, row.line);
    if (labelled && row.label === undefined) throw invalid(file, `${where} gives ${inside} no label.`);
    const part = row.split === undefined ? undefined : partOfName(row.split);
    if (split && part === undefined) {
      throw invalid(
        file,
        row.split === undefined
          ? `${where} gives ${inside} no split, other lines do.`
          : `${where} has the split “${row.split}”; it is train, val or test.`,
      );
    }
    return { path: inside, folder: row.label ?? null, part };
  });
  return { root, layout: labelled ? 'manifest' : 'flat', candidates, problems: [] };
}

function csvRows(text: string, file: string): Row[] {
  let records: ReturnType<typeof parseCsv>;
  try {
    records = parseCsv(text);
  } catch (thrown) {
    if (thrown instanceof CsvProblem) throw invalid(file, `${file}, line ${thrown.line}, ${thrown.message}.`);
    throw thrown;
  }
  const [head, ...rest] = records;
  if (head === undefined) throw invalid(file, `${file} is empty.`);
  const columns = head.fields.map(field => field.trim().toLowerCase());
  const at = (column: Column) =>
    columns.findIndex(name => (COLUMNS[column] as readonly string[]).includes(name));
  const places = { file: at('file'), label: at('label'), split: at('split') };
  if (places.file < 0)
    throw invalid(file, `${file}, line ${head.line}, has no column “file”; it has ${columns.join(', ')}.`);
  return rest
    .filter(({ fields }) => fields.some(field => field.trim() !== ''))
    .map(({ line, fields }) => {
      if (fields.length !== columns.length) {
        throw invalid(
          file,
          `${file}, line ${line}, has ${fields.length === 1 ? '1 field' : `${fields.length} fields`}; the head has ${columns.length}.`,
        );
      }
      const cell = (place: number) => filled(fields[place]?.trim());
      return { line, file: cell(places.file), label: cell(places.label), split: cell(places.split) };
    });
}

function jsonRows(text: string, file: string): Row[] {
  const rows: Row[] = [];
  for (const [at, source] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (source.trim() === '') continue;
    const line = at + 1;
    const entry = jsonObject(source, file, line);
    const value = (column: Column): string | undefined => {
      for (const key of COLUMNS[column]) {
        const found = entry.get(key);
        if (found === undefined || found === null) continue;
        if (typeof found === 'string') return filled(found.trim());
        if (typeof found === 'number' && column === 'label') return String(found);
        throw invalid(file, `${file}, line ${line}, has a “${key}” that is no text.`);
      }
      return undefined;
    };
    rows.push({ line, file: value('file'), label: value('label'), split: value('split') });
  }
  return rows;
}

function jsonObject(source: string, file: string, line: number): ReadonlyMap<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (thrown) {
    throw invalid(file, `${file}, line ${line}, is not JSON: ${(thrown as Error).message}.`, thrown);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(file, `${file}, line ${line}, is no JSON object.`);
  return new Map(Object.entries(value));
}

function filled(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function invalid(file: string, message: string, cause?: unknown): CoopError {
  return new CoopError('manifest.invalid', message, {
    subject: file,
    next: 'A list is CSV with the head “file,label,split” (split may be absent), or JSONL with these keys; paths start at its folder.',
    ...(cause === undefined ? {} : { cause }),
  });
}
