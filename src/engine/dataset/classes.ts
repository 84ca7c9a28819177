import path from 'node:path';
import { readTextFile } from '../../files/disk/read-text-file';
import { CoopError } from '../../shared/errors';
import { SLOT_ALIASES } from '../../shared/template/slot-syntax';
import type { ClassList } from '../prompt/class-list';
import { CsvProblem, type CsvRecord, parseCsv } from './csv';
import { csvText } from './csv-text';

/**
 * Names of the classes: the folders' own with `_` as blank (`auto`), or those of a CSV file with the columns `folder`,
 * `name` and any others, which templates refer to as `{column}`. Lines for other folders are passed over.
 * @param folders by label
 * @throws CoopError `classes.invalid` naming line and folder; `file.access`, `file.limit`
 */
export async function readClasses(
  spec: string,
  folders: readonly string[],
  documentFolder: string,
): Promise<ClassList> {
  if (spec === 'auto') return { names: folders.map(promptName), columns: new Map() };
  const file = path.resolve(documentFolder, spec);
  return parseClasses(await readTextFile(file, 'classes.invalid'), folders, file);
}

/** What prompts make of a class's folder or label: `_` becomes a blank; a name of nothing else stays as it is. */
export function promptName(folder: string): string {
  const name = folder.replaceAll('_', ' ').trim();
  return name === '' ? folder : name;
}

/** As `readClasses`, for the text of the CSV file. */
export function parseClasses(text: string, folders: readonly string[], file: string): ClassList {
  const [head, ...records] = recordsOf(text, file);
  const columns = columnsOf(head, file);
  const rows = new Map<string, Row>();
  const composed = new Map<string, Row>();
  for (const { line, fields } of records) {
    if (fields.every(field => field.trim() === '')) continue;
    if (fields.length !== columns.length)
      throw invalid(
        file,
        `${file}, line ${line}, has ${counted(fields.length, 'field')}; the head has ${columns.length}.`,
      );
    const cells = new Map(columns.map((column, at) => [column, tidy(fields[at]!)]));
    const folder = cells.get('folder')!;
    const known = rows.get(folder);
    if (known !== undefined)
      throw invalid(file, `${file}, line ${line}, repeats the folder “${folder}” of line ${known.line}.`);
    rows.set(folder, { line, cells });
    composed.set(sameForm(folder), { line, cells });
  }
  const rowOf = (folder: string) => rows.get(folder) ?? composed.get(sameForm(folder));
  const missing = folders.filter(folder => rowOf(folder) === undefined);
  if (missing.length > 0) {
    const named = missing.slice(0, 5).map(folder => `“${folder}”`);
    const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
    throw invalid(
      file,
      `${file} has no line for the ${missing.length === 1 ? 'folder' : 'folders'} ${named.join(', ')}${more}.`,
    );
  }
  for (const folder of folders) {
    const { line, cells } = rowOf(folder)!;
    if (cells.get('name') === '')
      throw invalid(file, `${file}, line ${line}, gives the folder “${folder}” no name.`);
  }
  const column = (name: string) => folders.map(folder => rowOf(folder)!.cells.get(name)!);
  const further = columns.filter(name => name !== 'folder' && name !== 'name');
  return { names: column('name'), columns: new Map(further.map(name => [name, column(name)])) };
}

/** Letters are composed in a list and decomposed on a disk, or the other way round; cells lose doubled blanks. */
function sameForm(folder: string): string {
  return tidy(folder).normalize('NFC');
}

interface Row {
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
}

function recordsOf(text: string, file: string): CsvRecord[] {
  try {
    return parseCsv(text);
  } catch (thrown) {
    if (thrown instanceof CsvProblem)
      throw invalid(file, `${file}, line ${thrown.line}, ${thrown.message}.`, thrown);
    throw thrown;
  }
}

function columnsOf(head: CsvRecord | undefined, file: string): string[] {
  if (head === undefined) throw invalid(file, `${file} is empty.`);
  const columns = head.fields.map(field => field.trim());
  for (const needed of ['folder', 'name']) {
    if (columns.includes(needed)) continue;
    throw invalid(
      file,
      `${file}, line ${head.line}, has no column “${needed}”; it has ${columns.join(', ')}.`,
    );
  }
  for (const [at, column] of columns.entries()) {
    if (column === '')
      throw invalid(file, `${file}, line ${head.line}, leaves column ${at + 1} without a name.`);
    if (columns.indexOf(column) !== at)
      throw invalid(file, `${file}, line ${head.line}, has the column “${column}” twice.`);
    if (SLOT_ALIASES.includes(column)) {
      throw invalid(
        file,
        `${file}, line ${head.line}: no template can use the column “${column}”, since {${column}} stands for the class name.`,
      );
    }
  }
  return columns;
}

/** A line end inside a quoted cell must not reach a prompt. */
function tidy(cell: string): string {
  return cell.trim().replace(/\s+/g, ' ');
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function invalid(file: string, message: string, cause?: unknown): CoopError {
  return new CoopError('classes.invalid', message, {
    subject: file,
    next: 'The file’s head is “folder,name,…”, with one line for every class folder.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The text of a classes file that `readClasses` reads back as it was. */
export function classesText(folders: readonly string[], { names, columns }: ClassList): string {
  const further = [...columns];
  return csvText([
    ['folder', 'name', ...further.map(([name]) => name)],
    ...folders.map((folder, label) => [
      folder,
      names[label]!,
      ...further.map(([, values]) => values[label]!),
    ]),
  ]);
}
