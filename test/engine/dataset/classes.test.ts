import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { parseClasses, readClasses } from '../../../src/engine/dataset/classes';
import { parseCsv } from '../../../src/engine/dataset/csv';
import { classesHash } from '../../../src/engine/dataset/dataset-parts';
import { CoopError } from '../../../src/shared/errors';

const invalid = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CoopError, String(error));
  assert.equal(error.code, 'classes.invalid');
  assert.equal(error.subject, 'classes.csv');
  assert.match(error.message, message);
  assert.ok(error.next);
  return true;
};

describe('class lists', () => {
  it('are the folders with blanks for underscores', async () => {
    const { names, columns } = await readClasses('auto', ['traffic_light', 'cat', '__', '_a_'], '/nowhere');
    assert.deepEqual(names, ['traffic light', 'cat', '__', 'a']);
    assert.equal(columns.size, 0);
  });

  it('are read from a file beside the document, in the order of the folders', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-classes-'));
    try {
      const text =
        '\ufefffolder,group, name \r\nn02,"pets, small","hamster ""Hammy"""\r\nn01,fish,"great\r\nwhite shark"\r\n\r\nn99,,\r\n';
      writeFileSync(path.join(folder, 'names.csv'), text);
      const { names, columns } = await readClasses('names.csv', ['n01', 'n02'], folder);
      assert.deepEqual(names, ['great white shark', 'hamster "Hammy"']);
      assert.deepEqual([...columns], [['group', ['fish', 'pets, small']]]);
      await assert.rejects(readClasses('gone.csv', ['a'], folder), {
        code: 'file.access',
        message: /gone\.csv/,
      });
      writeFileSync(path.join(folder, 'names.csv'), Buffer.from(`\ufeff${text}`, 'utf16le'));
      await assert.rejects(readClasses('names.csv', ['a'], folder), {
        code: 'classes.invalid',
        message: /UTF-16/,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('name line and folder of what is wrong', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /is empty/],
      ['name,group\na,b\n', /line 1, has no column “folder”; it has name, group/],
      ['folder,label\na,b\n', /line 1, has no column “name”/],
      ['folder,name,name\na,b,c\n', /line 1, has the column “name” twice/],
      ['folder,name,\na,b,c\n', /line 1, leaves column 3 without a name/],
      ['folder,name,label\na,b,c\n', /line 1: no template can use the column “label”/],
      ['folder,name\na,A\nb,B,extra\n', /line 3, has 3 fields; the head has 2/],
      ['folder,name\na,A\nb\n', /line 3, has 1 field; the head has 2/],
      ['folder,name\na,A\nb,B\n\na,C\n', /line 5, repeats the folder “a” of line 2/],
      ['folder,name\na,"A\nA"\nb, \n', /line 4, gives the folder “b” no name/],
      ['folder,name\na,A\n', /no line for the folder “b”/],
      ['folder,name\nx,A\n', /no line for the folders “a”, “b”/],
      ['folder,name\n"a,A\nb,B\n', /line 2, opens a quote/],
    ];
    for (const [text, message] of cases)
      assert.throws(() => parseClasses(text, ['a', 'b'], 'classes.csv'), invalid(message), text);
  });

  it('hash names and columns with their order', () => {
    const list = (names: string[], column: string[]) =>
      classesHash({ names, columns: new Map([['group', column]]) });
    const known = list(['a', 'b'], ['x', 'y']);
    assert.equal(list(['a', 'b'], ['x', 'y']), known);
    for (const other of [
      list(['b', 'a'], ['x', 'y']),
      list(['a', 'b'], ['y', 'x']),
      list(['a', 'b,'], ['x', 'y']),
    ])
      assert.notEqual(other, known);
  });
});

describe('CSV', () => {
  const quote = (field: string): string => `"${field.replaceAll('"', '""')}"`;

  it('reads back every table that RFC 4180 can write', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.constantFrom('', '"', '""', 'a,b', ';', 'x\ny', '\r\n', '\r', '\t'),
    );
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain(width =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
      );
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), (rows, lineEnd, last) => {
        const lines = rows.map(row => row.map(quote).join(','));
        const text = lines.join(lineEnd) + (last ? lineEnd : '');
        const records = parseCsv(text);
        assert.deepEqual(
          records.map(({ fields }) => fields),
          rows,
        );
        let line = 1;
        for (const [at, record] of records.entries()) {
          assert.equal(record.line, line);
          line += 1 + (lines[at]!.match(/\r\n|\r|\n/g)?.length ?? 0);
        }
      }),
    );
  });

  it('keeps a trailing empty field and passes over empty lines', () => {
    const fields = (text: string) => parseCsv(text).map(record => record.fields);
    assert.deepEqual(fields('a,b\n\n1,\n\n'), [
      ['a', 'b'],
      ['1', ''],
    ]);
    assert.deepEqual(fields('a,b\n1,'), [
      ['a', 'b'],
      ['1', ''],
    ]);
    assert.deepEqual(fields('a\tb\n1,5\t2'), [
      ['a', 'b'],
      ['1,5', '2'],
    ]);
    assert.deepEqual(fields(''), []);
  });
});
