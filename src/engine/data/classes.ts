import path from 'node:path';
import { CoopError } from '../../shared/errors';
import { readTextFile } from '../io/read-text-file';
import type { ClassList } from '../prompt/class-list';

/**
 * Names of the classes: the folders' own with `_` as blank (`auto`), or those of a CSV file with the columns `folder`,
 * `name` and any others, which templates refer to as `{column}`.
 * @param folders by label
 * @throws CoopError `classes.invalid` naming line and folder; `file.access`
 */
export async function readClasses(
  spec: string,
  folders: readonly string[],
  documentFolder: string,
): Promise<ClassList> {
  if (spec === 'auto')
    return { names: folders.map(folder => folder.replaceAll('_', ' ')), columns: new Map() };
  const file = path.resolve(documentFolder, spec);
  return parseClasses(await readTextFile(file, 'classes.invalid'), folders, file);
}

/** As `readClasses`, for the text of the CSV file. */
export function parseClasses(text: string, folders: readonly string[], file: string): ClassList {
  const [head, ...records] = parseCsv(text);
  const columns = head?.fields.map(field => field.trim()) ?? [];
  for (const needed of ['folder', 'name'])
    if (!columns.includes(needed)) throw invalid(file, `${file} has no column “${needed}”.`);
  const rows = new Map<string, Map<string, string>>();
  for (const { line, fields } of records) {
    if (fields.every(field => field.trim() === '')) continue;
    if (fields.length !== columns.length)
      throw invalid(
        file,
        `${file}, line ${line}, has ${fields.length} fields; the head has ${columns.length}.`,
      );
    const row = new Map(columns.map((column, at) => [column, fields[at]!.trim()]));
    const folder = row.get('folder')!;
    if (rows.has(folder)) throw invalid(file, `${file}, line ${line}, repeats the folder “${folder}”.`);
    if (row.get('name') === '') throw invalid(file, `${file}, line ${line}, gives “${folder}” no name.`);
    rows.set(folder, row);
  }
  const missing = folders.filter(folder => !rows.has(folder));
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
    throw invalid(file, `${file} has no line for the folder “${missing[0]}”${more}.`);
  }
  const column = (name: string) => folders.map(folder => rows.get(folder)!.get(name)!);
  return {
    names: column('name'),
    columns: new Map(
      columns.filter(name => name !== 'folder' && name !== 'name').map(name => [name, column(name)]),
    ),
  };
}

interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** RFC 4180: fields in quotes may hold commas, line ends and doubled quotes. */
function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let [line, start] = [1, 1];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  const end = () => {
    if (fields.length > 1 || fields[0] !== '') records.push({ line: start, fields });
    fields = [];
    start = line;
  };
  while (at <= text.length) {
    let field = '';
    if (text[at] === '"') {
      at += 1;
      while (at < text.length && (text[at] !== '"' || text[at + 1] === '"')) {
        if (text[at] === '"') at += 1;
        if (text[at] === '\n') line += 1;
        field += text[at++];
      }
      at += 1;
    }
    while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r')
      field += text[at++];
    fields.push(field);
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    line += 1;
    end();
    at += 1;
  }
  return records;
}

function invalid(file: string, message: string): CoopError {
  return new CoopError('classes.invalid', message, {
    subject: file,
    next: 'The file’s head is “folder,name,…”, with one line for every class folder.',
  });
}
