import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseExperiment } from '../../../src/shared/contracts/experiment';
import { SCHEMA_FILE, schemaText } from '../../../tools/experiment-schema';
import { root } from '../../support/root';

const minimal = { title: 'T', documents: ['a.prompts'] };
const parse = (value: unknown) => parseExperiment(JSON.stringify(value), 'x.experiment.json');

describe('experiment files', () => {
  it('have the JSON schema that the editor checks them by, generated from the one that reads them', () => {
    const written: unknown = JSON.parse(readFileSync(path.join(root, SCHEMA_FILE), 'utf8'));
    assert.deepEqual(written, JSON.parse(schemaText()), 'run npm run schema');
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      readonly contributes: { readonly jsonValidation: readonly { readonly url: string }[] };
    };
    assert.equal(manifest.contributes.jsonValidation[0]!.url, `./${SCHEMA_FILE}`);
  });

  it('come ready for the paper’s figures and tables, and the sample', () => {
    const folder = path.join(root, 'media/experiments');
    const ready = readdirSync(folder).filter(name => name.endsWith('.experiment.json'));
    assert.deepEqual(ready.map(name => name.replace('.experiment.json', '')).sort(), [
      'base-to-new',
      'paper-fig3',
      'paper-fig4',
      'paper-fig5',
      'paper-table1',
      'paper-table2',
      'paper-table5',
    ]);
    for (const name of ready) parseExperiment(readFileSync(path.join(folder, name), 'utf8'), name);
    const sample = readFileSync(path.join(root, 'media/sample/sample.experiment.json'), 'utf8');
    assert.equal(parseExperiment(sample, 'sample').prompts?.length, 6);
  });

  it('say which field is wrong', () => {
    for (const [value, message] of [
      [{ ...minimal, shots: [0] }, /shots\.0/],
      [{ ...minimal, colour: 'red' }, /it has no field “colour”/],
      [{ ...minimal, recipe: { epoch: 3 } }, /it has no field “recipe\.epoch”/],
      [{ ...minimal, prompts: [{ name: 'a', layout: 'b', method: 'maple' }] }, /prompts\.0/],
      [{ ...minimal, documents: ['a\nb'] }, /documents\.0/],
      [{ title: 'T' }, /names no documents and no datasets/],
      [{ title: 'T', datasets: ['OxfordPets'] }, /datasets need models/],
      ['text', /no experiment/],
    ] as const)
      assert.throws(() => parse(value), { code: 'usage', message });
    assert.throws(() => parseExperiment('{', 'x'), { code: 'usage', message: /not JSON/ });
    assert.deepEqual(parse(minimal), minimal);
  });
});
