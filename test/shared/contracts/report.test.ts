import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  MAX_REPORT_VALUES,
  parseReport,
  type Report,
  reportText,
} from '../../../src/shared/contracts/report';
import { CoopError } from '../../../src/shared/errors';
import { root } from '../../support/root';

type Changed = { -readonly [Key in keyof Report]?: unknown };

describe('report.json', () => {
  const runs = path.join(root, 'test/fixtures/v0.1/runs');
  const [done] = readdirSync(runs).sort();
  const text = readFileSync(path.join(runs, done!, 'report.json'), 'utf8');
  const report = parseReport(text, 'report.json');
  const withChange = (change: Changed) => JSON.stringify({ ...report, ...change });
  const refused = (words: RegExp) => (error: unknown) =>
    error instanceof CoopError && error.code === 'run.corrupt' && words.test(error.message);

  it('of version 0.1 comes out as it went in, and in again', () => {
    const { recipe, ...provenance } = report.provenance;
    const { method, ...hyperparameters } = recipe;
    assert.equal(method, 'coop', 'the only one that it knew');
    const { linearProbe, ...before } = JSON.parse(text);
    const results = report.results.map(({ note, ...row }) =>
      row.kind === 'method' ? { ...row, kind: 'linear-probe' } : row,
    );
    assert.deepEqual({ ...report, results, provenance: { ...provenance, recipe: hyperparameters } }, before);
    const note = report.results.find(({ kind }) => kind === 'method')?.note ?? '';
    assert.match(
      note,
      new RegExp(` ${linearProbe.trainImages} training images \\(seed ${linearProbe.seed}\\)`),
    );
    const gone = JSON.stringify({ ...before, linearProbe: { leftOut: 'no image is left' } });
    assert.deepEqual(parseReport(gone, 'x').leftOut, ['There is no linear probe: no image is left.']);
    assert.deepEqual(parseReport(reportText(report, 'x'), 'x'), report);
  });

  it('is checked whole, and the damaged field is named', () => {
    const [image] = report.images;
    const cases: readonly [Changed, RegExp][] = [
      [{ headline: null }, /headline/],
      [{ seeds: [] }, /seeds/],
      [{ images: [{ ...image, label: '0' }] }, /images\.0\.label/],
      [{ images: [{ ...image, label: report.classes.length }] }, /a class that is not listed/],
      [{ images: { length: 3 } }, /images/],
      [{ perClass: report.perClass.slice(1) }, /one row for each class/],
      [{ confusion: { ...report.confusion, learned: [[1]] } }, /one row for each class/],
      [{ confusion: { ...report.confusion, learned: [['1']] } }, /confusion\.learned: is no table/],
      [{ results: [{ ...report.results[0], label: {} }] }, /results\.0\.label/],
      [{ provenance: { ...report.provenance, recipe: { name: 'x' } } }, /provenance\.recipe/],
      [{ nearestWords: [{ slot: 1, vector: 1, words: [{ text: 1, distance: 1 }] }] }, /words\.0\.text/],
      [{ leftOut: [3] }, /leftOut\.0/],
      [{ seeds: [{ ...report.seeds[0], answers: [0] }] }, /one answer of a listed class for each image/],
      [{ createdAt: 'yesterday' }, /createdAt/],
    ];
    for (const [change, words] of cases)
      assert.throws(() => parseReport(withChange(change), 'report.json'), refused(words), String(words));
    assert.throws(() => parseReport('[]', 'x'), refused(/not a report/));
    assert.throws(() => parseReport(withChange({ format: 3 } as Changed), 'x'), refused(/not a report/));
    assert.throws(() => parseReport('{', 'x'), refused(/not JSON/));
  });

  it('loses what this version does not know', () => {
    const [image] = report.images;
    const changed = withChange({ images: [{ ...image, later: 1 }], later: {} } as Changed);
    assert.deepEqual(parseReport(changed, 'x').images, [image]);
    assert.equal('later' in parseReport(changed, 'x'), false);
  });

  it('with millions of values is refused before it is parsed', () => {
    const limit = (error: unknown) => error instanceof CoopError && error.code === 'file.limit';
    for (const piece of ['[],', '{},', '0,', '[{"a":['])
      assert.throws(() => parseReport(`[${piece.repeat(MAX_REPORT_VALUES)}`, 'x'), limit, piece);
    // What stands in strings is no value.
    const name = `${',[{"\\'.repeat(1000)}"`;
    const long = withChange({ name: name.repeat(500) });
    assert.equal(parseReport(long, 'x').name, name.repeat(500));
  });
});
