import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { printReport } from '../../src/cli/console/print-report';
import { Terminal } from '../../src/cli/console/terminal';
import { textTable } from '../../src/cli/console/text-table';
import type { Report } from '../../src/shared/contracts/report';
import { foreignText, UNSEEN } from '../support/foreign-text';
import { root } from '../support/root';
import { sampleReport } from '../webview/support/sample-report';

/** What is written to both outputs meanwhile. */
function printed(print: () => void): string {
  const originals = [process.stdout, process.stderr].map(stream => ({ stream, write: stream.write }));
  let text = '';
  for (const { stream } of originals)
    stream.write = ((chunk: string) => {
      text += chunk;
      return true;
    }) as typeof stream.write;
  try {
    print();
  } finally {
    for (const { stream, write } of originals) stream.write = write;
  }
  return text;
}

function checkLines(text: string): void {
  for (const line of text.split('\n')) assert.doesNotMatch(line, UNSEEN);
}

/** Every string of a value replaced, its structure kept. */
function withText(value: unknown, next: () => string): unknown {
  if (typeof value === 'string') return next();
  if (Array.isArray(value)) return value.map(each => withText(each, next));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withText(each, next)]));
}

describe('what the command line prints', () => {
  it('shows every text whole, and ends lines only where the program does', () => {
    fc.assert(
      fc.property(foreignText, foreignText, fc.boolean(), (first, second, json) => {
        const terminal = new Terminal(json);
        const text = printed(() => {
          terminal.print(first);
          terminal.print(textTable([{ title: 'a' }, { title: second, align: 'right' }], [[first, second]]));
          terminal.note([first, second]);
          terminal.progress({ message: first, detail: second, unit: 'images', done: 1, total: 1 });
          terminal.endProgress();
          terminal.result({ [first]: second });
        });
        checkLines(text);
        if (!json)
          assert.equal(text.split('\n').length, 1 + 1 + 3 + 2 + (text.match(/1 image/g) ?? []).length);
      }),
      { numRuns: 500 },
    );
  });

  it('shows a report of strings from anywhere', () => {
    const report = sampleReport();
    const plain = printed(() => printReport(new Terminal(false), report)).split('\n').length;
    fc.assert(
      fc.property(fc.array(foreignText, { minLength: 1 }), texts => {
        let at = 0;
        const foreign = withText(report, () => texts[at++ % texts.length]!) as Report;
        const text = printed(() => printReport(new Terminal(false), foreign));
        checkLines(text);
        assert.ok(text.split('\n').length <= plain + 1);
      }),
    );
  });

  it('passes one place', () => {
    const files = readdirSync(path.join(root, 'src/cli'), { recursive: true, encoding: 'utf8' });
    const others = files.filter(
      file =>
        file.endsWith('.ts') &&
        !file.endsWith('output.ts') &&
        /\bconsole\.|\.std(out|err)\.write|writeSync/.test(
          readFileSync(path.join(root, 'src/cli', file), 'utf8'),
        ),
    );
    assert.deepEqual(others, []);
  });
});
