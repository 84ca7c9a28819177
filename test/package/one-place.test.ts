import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/root';

describe('the disk contract', () => {
  const source = path.join(root, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.ts'),
  );
  const holding = (pattern: RegExp) =>
    files
      .filter(file => pattern.test(readFileSync(path.join(source, file), 'utf8')))
      .map(file => file.split(path.sep).join('/'));

  it('names the folder .coop and the files of a run in one place each', () => {
    assert.deepEqual(holding(/['"]\.coop['"/]/), ['files/coop-folder.ts']);
    assert.deepEqual(holding(/['"]run\.json['"]/), ['shared/contracts/run.ts']);
    assert.deepEqual(holding(/['"]state\.json['"]/), ['shared/contracts/run.ts']);
  });

  it('parses the files of a run in src/files alone', () => {
    const readers = holding(/\b(parseInputs|parseState|parseEvents|parseLock|parseReport)\b/);
    const elsewhere = readers.filter(file => !/^(files\/runs|shared\/contracts)\//.test(file));
    assert.deepEqual(elsewhere, []);
  });
});
